/** The values of a plan, read by the code that will read them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDelegateConfig, parseImpersonateConfig, type DelegateConfig } from '../../functions/config.ts';
import { parseConfig } from '../../probe/config.ts';
import { entryOf } from '../../probe/report.ts';
import { credentialsFile } from '../../refresher/commands/adc.ts';
import { functionOf } from '../../refresher/settings/functions.ts';
import { parseToken } from '../../refresher/settings/settings.ts';
import { withVariables } from '../../refresher/settings/values.ts';
import { decodeGrant } from '../../shared/grants/grant.ts';
import { decodePrincipalDocument } from '../../shared/grants/principal-document.ts';
import { DEPLOYMENT_NAMES, planDeployment, type DeploymentName } from './deployments.ts';
import { fieldsOf } from './firestore-value.ts';
import { block, ofType, text, type Plan, type Values } from './plan.ts';
import { IS_SKIPPED, NEEDS } from './program.ts';
import { functionsOf, type PlannedFunction } from './rules/functions.ts';
import { cloudConfigOf } from './rules/workers.ts';
import { createWorkplace } from './workplace.ts';

describe.skipIf(IS_SKIPPED)(`the values of a plan${NEEDS}`, () => {
  const plans = {} as Record<DeploymentName, Plan>;
  const workplace = IS_SKIPPED ? undefined : createWorkplace();
  beforeAll(async () => {
    if (workplace === undefined) return;
    for (const name of DEPLOYMENT_NAMES) plans[name] = await planDeployment(workplace, name);
  });
  afterAll(() => workplace?.remove());

  const configOf = ({ name, environment }: PlannedFunction) => {
    const deployed = { ...environment, K_SERVICE: name };
    return name === 'delegate' ? parseDelegateConfig(deployed) : parseImpersonateConfig(deployed);
  };

  it.each(DEPLOYMENT_NAMES)('let the functions of %s start', (name) => {
    const functions = functionsOf(plans[name]);
    expect(functions.length).toBeGreaterThan(0);
    for (const one of functions) {
      const { audiences, grants, projectNumbers, iamCredentialsOrigin } = configOf(one);
      expect(audiences.length).toBeGreaterThan(0);
      expect(grants).toEqual({ kind: 'firestore', projectId: 'acme-vending', databaseId: 'grants' });
      expect(projectNumbers).toContain(111222333444);
      expect(iamCredentialsOrigin).toBe('https://iamcredentials.googleapis.com');
    }
  });

  it('set every variable that a deployed function reads, and no other', () => {
    for (const one of functionsOf(plans.standard)) {
      const read = new Set<string>();
      const environment = new Proxy<Record<string, string>>(one.environment, {
        get: (target, variable) => {
          read.add(String(variable));
          return target[String(variable)];
        },
      });
      if (one.name === 'delegate') parseDelegateConfig(environment);
      else parseImpersonateConfig(environment);
      // set by the platform, refused on a deployed function, and read by Express
      const others = ['K_SERVICE', 'TOKEN_VENDING_GRANTS_FILE'];
      const wanted = [...read, 'NODE_ENV'].filter((variable) => !others.includes(variable));
      expect(Object.keys(one.environment).toSorted()).toEqual(wanted.toSorted());
    }
  });

  it('set the ceilings of delegate, and none at impersonate', () => {
    const [delegate] = functionsOf(plans.production).filter(({ name }) => name === 'delegate');
    const { ceilings } = configOf(delegate as PlannedFunction) as DelegateConfig;
    expect(ceilings.subjects).toEqual(['@acme.example', 'rooms@acme.example']);
    expect(ceilings.signers).toHaveLength(2);
    expect(ceilings.scopes).toHaveLength(3);
    const impersonate = functionsOf(plans.production).filter(({ name }) => name === 'impersonate');
    const variables = impersonate.flatMap(({ environment }) => Object.keys(environment));
    expect(variables.filter((variable) => variable.includes('DELEGATION'))).toEqual([]);
  });

  it('seed grants that the functions understand', () => {
    const [document] = ofType(plans.standard, 'google_firestore_document').filter(({ address }) =>
      address.includes('bootstrap'),
    );
    const path = `principals/${text(document?.values['document_id'])}`;
    const data = fieldsOf(text(document?.values['fields']));
    const { uniqueId, grants } = decodePrincipalDocument('serviceAccount', { path, data });
    expect({ path, uniqueId }).toEqual({
      path: 'principals/serviceAccount:workers@acme-workers.iam.gserviceaccount.com',
      uniqueId: '109422233875895820585',
    });
    const decoded = Object.entries(grants).map(([member, grant]) => decodeGrant(path, member, grant));
    expect(decoded).toMatchObject([
      { idTokenAudiences: ['https://api.example.com'], lifetimeSeconds: 7200 },
      { scopes: ['https://www.googleapis.com/auth/devstorage.read_write'], lifetimeSeconds: 3600 },
      { signer: 'vending-sign-drive@acme-vending.iam.gserviceaccount.com' },
    ]);
  });

  it('print credentials files as the refresher does, from the variables that refreshers are given', () => {
    const { adc_files: files, refresher_environments: environments } = plans.agentless.outputs;
    const here = (output: typeof files) =>
      (output?.value as Record<string, Record<string, string>> | undefined)?.['us-central1'] ?? {};
    const printed = here(files);
    const variables = here(environments);
    const fileFor = (target: string) => {
      const { targets, functions } = parseToken(
        withVariables({}, { ...variables, TOKEN_VENDING_TARGET: target }),
      );
      return credentialsFile(targets[0], functionOf(functions, targets[0]), 'metadata.google.internal');
    };
    const trainer = fileFor('serviceAccount:trainer@acme-vending.iam.gserviceaccount.com');
    expect(JSON.parse(printed['trainer'] ?? '')).toEqual(trainer);
    const alice = (printed['user'] ?? '').replace('user:', 'user:alice@example.com');
    expect(JSON.parse(alice)).toEqual(fileFor('user:alice@example.com'));
  });

  it.each(DEPLOYMENT_NAMES)('tell the probers of %s what they understand', (name) => {
    const plan = plans[name];
    const probers = ofType(plan, 'google_compute_instance_template').filter(({ address }) =>
      address.includes('module.prober'),
    );
    expect(probers.length).toBeGreaterThan(0);
    for (const { address, values } of probers) {
      const files = cloudConfigOf(values).write_files;
      const config = parseConfig(files.find(({ path }) => path.endsWith('/probe.json'))?.content ?? '');
      expect(address).toContain(`"${config.region}"`);
      const here = functionsOf(plan).filter(({ region }) => region === config.region);
      for (const { name: kind, environment, service } of here) {
        const probed = config[kind];
        expect(environment['TOKEN_VENDING_AUDIENCE']?.split(',')).toContain(probed?.audience);
        expect(probed?.url).toBe(`https://${service}-111222333444.${config.region}.run.app`);
      }
      expect(here.some(({ name: kind }) => kind === 'delegate')).toBe(config.delegate !== null);
    }
  });

  it('count what probers write', () => {
    const { logName, jsonPayload, resource } = entryOf(
      { projectId: 'acme-vending', region: 'us-central1' },
      'granted',
      { result: 'broken', sentence: '' },
    );
    const metric = ofType(plans.standard, 'google_logging_metric').find(({ address }) =>
      address.endsWith('.probes'),
    );
    expect(metric?.values['filter']).toBe(
      `logName="${logName}" AND jsonPayload.event="${jsonPayload.event}"`,
    );
    const extracted = Object.values(metric?.values['label_extractors'] as Record<string, string>);
    const fields = extracted.map((extractor) => /^EXTRACT\(jsonPayload\.(\w+)\)$/.exec(extractor)?.[1] ?? '');
    expect(fields.filter((field) => !(field in jsonPayload))).toEqual([]);
    const conditions = ofType(plans.standard, 'google_monitoring_alert_policy').flatMap(
      ({ values }) => values['conditions'] as Values[],
    );
    const filters = conditions
      .flatMap((one) => [block(one, 'condition_threshold'), block(one, 'condition_absent')])
      .map(({ filter }) => text(filter))
      .filter((filter) => filter.includes('/probes"'));
    expect(filters).toHaveLength(3);
    expect(filters.filter((filter) => !filter.includes(`resource.type="${resource.type}"`))).toEqual([]);
  });
});
