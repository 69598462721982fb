import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { lintRules } from '../../admin/lint/rules.ts';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import { createDesk, createFolder, type Folder } from './desk.ts';
import { FLEET, PIN, READ, target, VM } from './grants-texts.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const desk = createDesk({ projectId: 'nobody-asks', now: NOW });
const AUTH = 'https://www.googleapis.com/auth/';
const CLOUD = `${AUTH}cloud-platform`;
const SIGNER = 'dwd-signer@acme-vending.iam.gserviceaccount.com';

let folder: Folder;
beforeAll(() => {
  folder = createFolder();
  return () => folder.remove();
});

type Grants = Readonly<Record<string, unknown>>;
const fleet = (grants: Grants, more: object = {}) => ({
  principals: { [FLEET]: { uniqueId: PIN, grants, ...more } },
});
const trainer = (more: object) => fleet({ [target('trainer')]: { scopes: [READ], ...more } });
const when = (condition: string) => trainer({ condition });
const user = (email: string, ...scopes: readonly string[]) =>
  fleet({
    [`user:${email}`]: { signer: SIGNER, scopes: scopes.length === 0 ? [`${AUTH}drive.readonly`] : scopes },
  });
const vm = (document: object) => ({ principals: { [VM]: { grants: {}, ...document } } });
const ours = (organization: object, document: object) => ({ organization, ...document });
const both = (fleetTarget: string, vmPin: string) => ({
  principals: {
    [FLEET]: { uniqueId: PIN, grants: { [target(fleetTarget)]: { scopes: [READ] } } },
    [VM]: { uniqueId: vmPin, grants: { [target('trainer')]: { scopes: [READ] } } },
  },
});

/** For each code a file that fires it, and files that nearly do. */
const CASES: readonly (readonly [code: string, fires: object, nearly: readonly object[]])[] = [
  ['pin-missing', vm({}), [vm({ uniqueId: PIN }), fleet({})]],
  [
    'expiry-past',
    trainer({ expiresAt: '2026-03-01T12:00:00Z' }),
    [
      trainer({ expiresAt: '2026-03-01T12:00:01Z' }),
      trainer({}),
      fleet({}, { expiresAt: '2026-03-02T00:00:01+12:00' }),
    ],
  ],
  [
    'administrator-target',
    user('it-admin@example.com'),
    [
      user('badminton@example.com'),
      user('alice@admin.example.com'),
      fleet({ [target('admin')]: { scopes: [READ] } }),
    ],
  ],
  [
    'broad-user-scope',
    user('alice@example.com', `${AUTH}drive`),
    [
      user('alice@example.com', `${AUTH}drive.file`),
      user('alice@example.com', `${AUTH}admin.directory.user.readonly`),
      trainer({ scopes: [CLOUD] }),
    ],
  ],
  [
    'lifetime-not-extended',
    ours(
      { extendedLifetimes: ['other@acme-data.iam.gserviceaccount.com'] },
      trainer({ lifetimeSeconds: 3601 }),
    ),
    [
      ours(
        { extendedLifetimes: ['trainer@acme-data.iam.gserviceaccount.com'] },
        trainer({ lifetimeSeconds: 43_200 }),
      ),
      ours({ extendedLifetimes: [] }, trainer({ lifetimeSeconds: 3600 })),
    ],
  ],
  ['lifetime-unknown', trainer({ lifetimeSeconds: 3601 }), [trainer({ lifetimeSeconds: 3600 }), trainer({})]],
  ['grant-shadowed', both('trainer', PIN), [both('other', PIN), both('trainer', '109422233875895820599')]],
  [
    'scope-redundant',
    trainer({ scopes: [CLOUD, READ] }),
    [
      trainer({ scopes: [CLOUD, `${AUTH}drive.readonly`] }),
      user('alice@example.com', CLOUD, READ),
      trainer({ scopes: [READ, `${AUTH}bigquery`] }),
    ],
  ],
  [
    'caller-outside',
    ours({ projects: ['acme-data'] }, fleet({})),
    [
      ours({ projects: ['acme-workers'] }, fleet({})),
      ours({ domains: [] }, fleet({})),
      ours({ projectNumbers: [326694433618] }, vm({ uniqueId: PIN })),
    ],
  ],
  [
    'user-outside',
    ours({ domains: ['example.org'] }, user('alice@example.com')),
    [
      ours({ domains: ['example.com'] }, user('alice@example.com')),
      ours({ domains: ['example.org'] }, trainer({})),
      user('alice@example.com'),
    ],
  ],
  ['condition-invalid', when("instance.zoen == 'a'"), [when("instance.zone == 'us-central1-a'")]],
  [
    'condition-may-fail',
    when("int(instance.name.substring(7)) > 4 || instance.zone == 'us-central1-a'"),
    [when("instance.name.startsWith('worker-') && instance.zone == 'us-central1-a'")],
  ],
  [
    'condition-never-true',
    when("instance.region == 'us-central1' && instance.zone.startsWith('europe-')"),
    [
      when("instance.region == 'us-central1' && instance.zone.startsWith('us-central1-')"),
      when(
        "instance.projectNumber == 326694433618 && instance.zone == 'europe-west4-b' && instance.confidential",
      ),
      when("request.time - instance.createdAt < duration('48h') && request.time.getDayOfWeek() == 6"),
      when("request.time < timestamp('2026-03-01T12:00:01Z')"),
      when("request.time > timestamp('2090-01-01T00:00:00Z')"),
      when(`request.scopes == ['${READ}']`),
      when("request.time.getHours('Europe/Berlin') >= 8 && request.time.getHours('Europe/Berlin') < 18"),
      when("instance.name == 'a' || instance.name == 'b'"),
    ],
  ],
  [
    'condition-always-true',
    when("request.time > timestamp('2020-01-01T00:00:00Z')"),
    [
      when("request.time < timestamp('2027-01-01T00:00:00Z')"),
      when("instance.name != 'a'"),
      when('!instance.confidential'),
      when("instance.id != '42'"),
      when('instance.projectNumber != 1'),
    ],
  ],
  [
    'condition-open-prefix',
    when("instance.zone.startsWith('us-central1')"),
    [when("instance.zone.startsWith('us-central1-')"), when("instance.zone.endsWith('a')")],
  ],
];

async function codesOf(file: object): Promise<readonly string[]> {
  const path = folder.write('grants.json', JSON.stringify(file));
  const { json, err } = await desk('grants', 'lint', path, '--json');
  if (err !== '') throw new Error(err);
  return (json() as { findings: { code: string }[] }).findings.map(({ code }) => code);
}

describe.each(CASES)('%s', (code, fires, nearly) => {
  it('is found', async () => {
    expect(await codesOf(fires)).toContain(code);
  });

  it.each(nearly.map((file) => [JSON.stringify(file), file] as const))(
    'is not found in %s',
    async (_, file) => {
      expect(await codesOf(file)).not.toContain(code);
    },
  );
});

describe('lint', () => {
  const rules = lintRules(createConditionEvaluator());

  it('has a case here for each rule', () => {
    expect(CASES.map(([code]) => code)).toEqual(rules.map(({ code }) => code));
  });

  it('has a remedy in docs/admin.md for each rule, with its severity, and for no other', () => {
    const text = readFileSync(new URL('../../docs/admin.md', import.meta.url), 'utf8');
    const rows = Array.from(
      text.matchAll(/^\| `([a-z-]+)` +\| (error|warning) +\|/gm),
      ([, code, severity]) => ({ code, severity }),
    );
    expect(rows).toEqual(rules.map(({ code, severity }) => ({ code, severity })));
  });

  it('says for a sound file that there is nothing', async () => {
    const sound = trainer({ condition: "instance.zone.startsWith('us-central1-')" });
    expect(await codesOf(sound)).toEqual([]);
  });

  it('fails for an error, and for a warning where asked', async () => {
    const warned = folder.write('warned.json', JSON.stringify(vm({})));
    const broken = folder.write('broken.json', JSON.stringify(when('instance.zoen == 1')));
    expect(await desk('grants', 'lint', warned)).toMatchObject({ exitCode: 0 });
    expect(await desk('grants', 'lint', warned, '--strict')).toMatchObject({ exitCode: 1 });
    expect(await desk('grants', 'lint', broken)).toMatchObject({ exitCode: 1 });
  });

  it('points at the field', async () => {
    const path = folder.write(
      'place.yaml',
      `principals:\n  ${FLEET}:\n    uniqueId: '${PIN}'\n    grants:\n      ${target('trainer')}:\n        lifetimeSeconds: 7200\n        scopes: [${READ}]\n`,
    );
    const { out } = await desk('grants', 'lint', path);
    expect(out).toContain(`${path}:6:9: warning lifetime-unknown: `);
    expect(out).toContain('    6 |         lifetimeSeconds: 7200\n      |         ^\n');
  });
});
