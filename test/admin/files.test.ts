import { beforeAll, describe, expect, it } from 'vitest';
import { createDesk, createFolder, type Folder } from './desk.ts';
import { fleetFile, FLEET, PIN, READ, target } from './grants-texts.ts';

const desk = createDesk({ projectId: 'nobody-asks' });
let folder: Folder;
beforeAll(() => {
  folder = createFolder();
  return () => folder.remove();
});

const lint = async (text: string) => {
  const file = folder.write('grants.yaml', text);
  const { err, ...said } = await desk('grants', 'lint', file);
  return { ...said, err: err.replaceAll(file, 'grants.yaml') };
};

describe('a grants file', () => {
  it.each([
    [
      'an unknown field of a grant',
      fleetFile('lifetime: 3600'),
      'grants.yaml:7:9: unknown field "lifetime": did you mean lifetimeSeconds?\n    7 |         lifetime: 3600\n      |         ^\n',
    ],
    [
      'an unknown field at the top',
      'principal: {}\n',
      'grants.yaml:1:1: unknown field "principal": did you mean principals?',
    ],
    [
      'an unknown field of a principal',
      fleetFile().replace('uniqueId', 'uniqueID'),
      'grants.yaml:3:5: unknown field "uniqueID": did you mean uniqueId?',
    ],
    [
      'a field that resembles none',
      fleetFile('zzzzzzzz: 1'),
      'grants.yaml:7:9: unknown field "zzzzzzzz": it may be one of scopes,',
    ],
    [
      'a value of the wrong type',
      fleetFile("lifetimeSeconds: 'long'"),
      'grants.yaml:7:9: lifetimeSeconds must be a whole number from 900 to 43200',
    ],
    [
      'an item of a list',
      fleetFile("delegates: ['Bob@x.iam.gserviceaccount.com']"),
      'grants.yaml:7:21: delegates[0] must be the lower-case e-mail',
    ],
    [
      'a fleet without its pin',
      fleetFile().replace(/ +uniqueId.*\n/, ''),
      'uniqueId is missing; gcloud iam service-accounts describe',
    ],
    [
      'a target that is none',
      fleetFile().replace(target('trainer'), 'allUsers'),
      'grants.yaml:5:7: allUsers is not a target',
    ],
    [
      'a principal that is none',
      fleetFile().replace(FLEET, 'user:alice@example.com'),
      'grants.yaml:2:3: "user:alice@example.com" is no principal',
    ],
    [
      'text that is no YAML',
      `${fleetFile()}  bad: [1,\n`,
      'grants.yaml:7:11: Flow sequence in block collection must be sufficiently indented',
    ],
    [
      'a key that stands twice',
      `${fleetFile()}        scopes: [${READ}]\n`,
      'grants.yaml:7:9: Map keys must be unique',
    ],
    ['a tag', fleetFile('condition: !secret x'), 'grants.yaml:7:20: Unresolved tag: !secret'],
    [
      'an alias that names nothing',
      fleetFile('condition: *nothing'),
      'grants.yaml:7:20: the alias names nothing',
    ],
    [
      'a scope set that is not there',
      fleetFile('scopeSets: [read]').replace('principals:', `scopeSets: { reads: [${READ}] }\nprincipals:`),
      'grants.yaml:8:21: there is no scope set "read": did you mean reads?',
    ],
    [
      'a scope set that is no list',
      `scopeSets: { read: ${READ} }\n${fleetFile()}`,
      'grants.yaml:1:14: the scope set read must be a list of OAuth scopes',
    ],
    [
      'an organization that is misspelt',
      `organization: { domain: [x] }\n${fleetFile()}`,
      'grants.yaml:1:17: unknown field "domain": did you mean domains?',
    ],
    [
      'a principal that stands twice',
      `${fleetFile()}  ${FLEET}: { uniqueId: '${PIN}', grants: {} }\n`,
      `${FLEET} stands twice: also at grants.yaml:2:3`,
    ],
    ['no map', '- a\n', 'grants.yaml:1:1: has to hold a map'],
  ])('with %s is refused, and the place is named', async (_, text, complaint) => {
    const { exitCode, err } = await lint(text);
    expect(err).toContain(complaint);
    expect(err).toContain('mend what is listed above, nothing was done');
    expect(exitCode).toBe(65);
  });

  it('has every problem listed, and for programs with its place', async () => {
    const file = folder.write('grants.yaml', fleetFile('lifetime: 1', 'condtion: x'));
    const { json } = await desk('grants', 'lint', file, '--json');
    expect(json()).toMatchObject({
      error: {
        exitCode: 65,
        problems: [
          { file, line: 7, column: 9, path: ['principals', FLEET, 'grants', target('trainer'), 'lifetime'] },
          { file, line: 8, column: 9 },
        ],
      },
    });
  });

  it('shows the line that is wrong, and the way to it', async () => {
    expect((await lint(fleetFile('lifetimeSeconds: 10'))).err).toContain(
      `    7 |         lifetimeSeconds: 10
      |         ^
      = in principals › ${FLEET} › grants › ${target('trainer')} › lifetimeSeconds
`,
    );
    expect((await lint(`${fleetFile()}  bad: [1,\n`)).err).toContain(
      '    7 |   bad: [1,\n      |           ^\n',
    );
  });

  it('may be written in flow style, with anchors, as JSON or empty', async () => {
    const flow = `{ principals: { '${FLEET}': { uniqueId: '${PIN}', grants: {} } } }`;
    const anchored = fleetFile()
      .replace('scopes: [', 'scopes: &read [')
      .concat(`      ${target('other')}: { scopes: *read }\n`);
    const json = JSON.stringify({ principals: { [FLEET]: { uniqueId: PIN, grants: {} } } });
    for (const text of [flow, anchored, json, '', 'principals:\n', '# nobody\nprincipals:\n  # yet\n']) {
      expect(await lint(text)).toMatchObject({ exitCode: 0, err: '' });
    }
  });

  it('that does not exist is said to be missing', async () => {
    const { exitCode, err } = await desk('grants', 'lint', `${folder.path}/none.yaml`);
    expect(err).toContain('none.yaml does not exist: name a grants file, or a folder of them');
    expect(exitCode).toBe(66);
  });
});

describe('a folder of grants files', () => {
  it('is one: scope sets of one file serve the others', async () => {
    folder.write('many/sets.yaml', `scopeSets: { read: [${READ}] }\n`);
    folder.write('many/deep/fleet.yml', fleetFile().replace(`scopes: [${READ}]`, 'scopeSets: [read]'));
    folder.write('many/.hidden.yaml', 'nonsense');
    folder.write('many/README.md', 'nonsense');
    expect(await desk('grants', 'lint', `${folder.path}/many`)).toMatchObject({
      exitCode: 0,
      out: '1 principals: 0 errors, 0 warnings\n',
    });
  });

  it.each([
    ['a principal', fleetFile(), fleetFile(), `${FLEET} stands twice: also at`],
    [
      'a scope set',
      `scopeSets: { a: [${READ}] }\n`,
      `scopeSets: { a: [${READ}] }\n`,
      'the scope set a stands twice: also at',
    ],
    ['the organization', 'organization: {}\n', 'organization: {}\n', 'organization stands twice: also in'],
  ])('is refused where %s stands in two of them', async (what, one, other, complaint) => {
    const name = what.replaceAll(' ', '-');
    folder.write(`${name}/1.yaml`, one);
    folder.write(`${name}/2.yaml`, other);
    const { exitCode, err } = await desk('grants', 'lint', `${folder.path}/${name}`);
    expect(err).toContain(complaint);
    expect(exitCode).toBe(65);
  });

  it('is refused where there is no file in it', async () => {
    folder.write('empty/README.md', '');
    expect(await desk('grants', 'lint', `${folder.path}/empty`)).toMatchObject({ exitCode: 66 });
  });
});
