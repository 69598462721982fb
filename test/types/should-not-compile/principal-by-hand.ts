import type { Principal } from '../../../shared/identity/principal.ts';

const instance = {
  id: '2875949485074006138',
  name: 'worker',
  zone: 'us-central1-a',
  region: 'us-central1',
  projectId: 'acme-workers',
  projectNumber: 326694433618,
  createdAt: new Date(),
  confidential: false,
};

// expect TS2741: only verification knows the brand
export const principal: Principal = {
  serviceAccount: 'worker@acme-workers.iam.gserviceaccount.com',
  uniqueId: '109422233875895820585',
  instance,
};
