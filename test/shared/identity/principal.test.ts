import { describe, expect, it } from 'vitest';
import { principalDocumentIds } from '../../../shared/identity/principal.ts';
import { verifiedWorker } from '../../support/domain/callers.ts';

describe('a principal', () => {
  it('is the service account and the VM of its token', async () => {
    expect(await verifiedWorker({ confidential: true })).toEqual({
      serviceAccount: 'worker@acme-workers.iam.gserviceaccount.com',
      uniqueId: '109422233875895820585',
      instance: {
        id: '2875949485074006138',
        name: 'worker-1',
        zone: 'us-central1-a',
        region: 'us-central1',
        projectId: 'acme-workers',
        projectNumber: 326694433618,
        createdAt: new Date('2026-02-28T09:00:00Z'),
        confidential: true,
      },
    });
  });

  it.each([
    { zone: 'europe-west1-b', region: 'europe-west1' },
    { zone: 'us-central1-ai1a', region: 'us-central1' },
    { zone: 'northamerica-northeast1-a', region: 'northamerica-northeast1' },
  ])('in the zone $zone is in the region $region', async ({ zone, region }) => {
    expect((await verifiedWorker({ zone })).instance.region).toBe(region);
  });

  it('has a document of its VM, by numbers, and one of its service account, by e-mail', async () => {
    expect(principalDocumentIds(await verifiedWorker())).toEqual({
      instance: 'instance:326694433618:2875949485074006138',
      serviceAccount: 'serviceAccount:worker@acme-workers.iam.gserviceaccount.com',
    });
  });

  it('keeps the document of its VM whatever the VM is called and wherever it moves', async () => {
    const { instance } = principalDocumentIds(
      await verifiedWorker({ name: 'other', zone: 'europe-west1-b' }),
    );
    expect(instance).toBe('instance:326694433618:2875949485074006138');
  });
});
