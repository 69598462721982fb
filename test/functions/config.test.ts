import { describe, expect, it } from 'vitest';
import { parseDelegateConfig, parseImpersonateConfig } from '../../functions/config.ts';
import { ConfigurationError, type Environment } from '../../functions/environment.ts';

const AUDIENCE = 'https://impersonate.example/v1/token';
const FUNCTION = { TOKEN_VENDING_AUDIENCE: AUDIENCE, GOOGLE_CLOUD_PROJECT: 'acme-vending' };
const DELEGATE = {
  ...FUNCTION,
  TOKEN_VENDING_DELEGATION_SIGNERS: 'dwd-signer@acme-vending.iam.gserviceaccount.com',
  TOKEN_VENDING_DELEGATION_SUBJECTS: 'alice@example.com,@example.org',
  TOKEN_VENDING_DELEGATION_SCOPES: 'https://www.googleapis.com/auth/drive.readonly',
};

const FUNCTIONS = [
  { name: 'impersonate', parse: parseImpersonateConfig, environment: FUNCTION },
  { name: 'delegate', parse: parseDelegateConfig, environment: DELEGATE },
] as const satisfies readonly {
  name: string;
  parse: (environment: Environment) => unknown;
  environment: Environment;
}[];

describe('the configuration of impersonate', () => {
  it('needs an audience and a project', () => {
    expect(parseImpersonateConfig(FUNCTION)).toEqual({
      audiences: [AUDIENCE],
      grants: { kind: 'firestore', projectId: 'acme-vending', databaseId: '(default)' },
      projectNumbers: [],
      projectId: 'acme-vending',
      jwksUrl: 'https://www.googleapis.com/oauth2/v3/certs',
      iamCredentialsOrigin: 'https://iamcredentials.googleapis.com',
      budgetMs: 10_000,
    });
  });

  it('may set everything else', () => {
    const environment = {
      TOKEN_VENDING_AUDIENCE: `${AUDIENCE}, https://old.example`,
      GOOGLE_CLOUD_PROJECT: 'acme-vending',
      TOKEN_VENDING_DATABASE: 'token-vending',
      TOKEN_VENDING_PROJECT_NUMBERS: '326694433618, 1',
      TOKEN_VENDING_JWKS_URL: 'http://127.0.0.1:8080/oauth2/v3/certs',
      TOKEN_VENDING_IAM_CREDENTIALS_URL: 'http://127.0.0.1:8080',
      TOKEN_VENDING_DEADLINE_MS: '5000',
    };
    expect(parseImpersonateConfig(environment)).toEqual({
      audiences: [AUDIENCE, 'https://old.example'],
      grants: { kind: 'firestore', projectId: 'acme-vending', databaseId: 'token-vending' },
      projectNumbers: [326694433618, 1],
      projectId: 'acme-vending',
      jwksUrl: 'http://127.0.0.1:8080/oauth2/v3/certs',
      iamCredentialsOrigin: 'http://127.0.0.1:8080',
      budgetMs: 5000,
    });
  });

  it('needs no ceilings', () => {
    expect(parseImpersonateConfig(FUNCTION)).not.toHaveProperty('ceilings');
  });
});

describe('the configuration of delegate', () => {
  it('adds the ceilings and the token endpoint', () => {
    expect(parseDelegateConfig(DELEGATE)).toEqual({
      ...parseImpersonateConfig(FUNCTION),
      oauthTokenUrl: 'https://oauth2.googleapis.com/token',
      ceilings: {
        signers: ['dwd-signer@acme-vending.iam.gserviceaccount.com'],
        subjects: ['alice@example.com', '@example.org'],
        scopes: ['https://www.googleapis.com/auth/drive.readonly'],
      },
    });
  });

  it('may name another token endpoint', () => {
    const environment = { ...DELEGATE, TOKEN_VENDING_OAUTH_TOKEN_URL: 'http://localhost:8080/token' };
    expect(parseDelegateConfig(environment).oauthTokenUrl).toBe('http://localhost:8080/token');
  });

  it.each([
    { variable: 'TOKEN_VENDING_DELEGATION_SIGNERS', meaning: 'e-mails of service accounts' },
    {
      variable: 'TOKEN_VENDING_DELEGATION_SUBJECTS',
      meaning: 'e-mails of users, or @domain for all of a domain',
    },
    { variable: 'TOKEN_VENDING_DELEGATION_SCOPES', meaning: 'scopes, as URLs' },
  ])('needs $variable', ({ variable, meaning }) => {
    for (const value of [undefined, '', ' ']) {
      expect(() => parseDelegateConfig({ ...DELEGATE, [variable]: value })).toThrow(
        new ConfigurationError(variable, `is not set: it has to be ${meaning}`),
      );
    }
  });

  const CEILINGS = {
    TOKEN_VENDING_DELEGATION_SIGNERS: {
      meaning: 'e-mails of service accounts',
      values: ['alice@example.com', '@acme.iam.gserviceaccount.com', 'DWD@acme.iam.gserviceaccount.com', '*'],
    },
    TOKEN_VENDING_DELEGATION_SUBJECTS: {
      meaning: 'e-mails of users, or @domain for all of a domain',
      values: [
        'Alice@example.com',
        'user:alice@example.com',
        'example.com',
        '@',
        '@localhost',
        '@@example.com',
        '*',
        '@*.example.com',
        '@example.com.',
        'x@acme.iam.gserviceaccount.com',
        '@acme.iam.gserviceaccount.com',
      ],
    },
    TOKEN_VENDING_DELEGATION_SCOPES: {
      meaning: 'scopes, as URLs',
      values: [
        'drive.readonly',
        'http://www.googleapis.com/auth/drive',
        'https://',
        'https://a b',
        'https://a"b',
        'https://a\\b',
        '*',
      ],
    },
  };
  const ROWS = Object.entries(CEILINGS).flatMap(([variable, { meaning, values }]) =>
    values.map((value) => ({ variable, meaning, value })),
  );

  it.each(ROWS)('refuses $value in $variable', ({ variable, meaning, value }) => {
    const list = `${DELEGATE[variable as keyof typeof DELEGATE]},${value}`;
    expect(() => parseDelegateConfig({ ...DELEGATE, [variable]: list })).toThrow(
      new ConfigurationError(
        variable,
        `holds ${JSON.stringify(value)}: it has to be ${meaning}, separated by commas`,
      ),
    );
  });
});

const NO_URL = 'has to be an https URL, or an http URL on this machine';
const NO_NUMBER = 'has to be a whole number from 100 to 60000';

describe.each(FUNCTIONS)('$name', ({ parse, environment }) => {
  it.each([
    {
      variable: 'TOKEN_VENDING_AUDIENCE',
      problem:
        'is not set: it has to be the audience of identity tokens, by custom the address of this function followed by /v1/token',
    },
    {
      variable: 'GOOGLE_CLOUD_PROJECT',
      problem:
        'is not set: it has to be the project of the Firestore database (or set TOKEN_VENDING_GRANTS_FILE)',
    },
  ])('does not start without $variable', ({ variable, problem }) => {
    for (const value of [undefined, '', ' ']) {
      expect(() => parse({ ...environment, [variable]: value })).toThrow(
        new ConfigurationError(variable, problem),
      );
    }
  });

  it.each([
    {
      variable: 'TOKEN_VENDING_AUDIENCE',
      value: 'https://a,',
      problem: 'holds an empty entry: it has to be audiences, separated by commas',
    },
    {
      variable: 'TOKEN_VENDING_AUDIENCE',
      value: ',',
      problem: 'holds an empty entry: it has to be audiences, separated by commas',
    },
    {
      variable: 'TOKEN_VENDING_DATABASE',
      value: '(standard)',
      problem: 'has to be the id of a Firestore database',
    },
    {
      variable: 'TOKEN_VENDING_DATABASE',
      value: 'Grants',
      problem: 'has to be the id of a Firestore database',
    },
    { variable: 'TOKEN_VENDING_DATABASE', value: 'abc', problem: 'has to be the id of a Firestore database' },
    {
      variable: 'TOKEN_VENDING_DATABASE',
      value: 'grants-',
      problem: 'has to be the id of a Firestore database',
    },
    {
      variable: 'TOKEN_VENDING_DATABASE',
      value: 'a/../b',
      problem: 'has to be the id of a Firestore database',
    },
    {
      variable: 'TOKEN_VENDING_PROJECT_NUMBERS',
      value: 'acme-workers',
      problem: 'holds "acme-workers": it has to be project numbers (not ids), separated by commas',
    },
    {
      variable: 'TOKEN_VENDING_PROJECT_NUMBERS',
      value: '1,,2',
      problem: 'holds an empty entry: it has to be project numbers (not ids), separated by commas',
    },
    {
      variable: 'TOKEN_VENDING_PROJECT_NUMBERS',
      value: '01',
      problem: 'holds "01": it has to be project numbers (not ids), separated by commas',
    },
    {
      variable: 'TOKEN_VENDING_PROJECT_NUMBERS',
      value: '0',
      problem: 'holds "0": it has to be project numbers (not ids), separated by commas',
    },
    {
      variable: 'TOKEN_VENDING_PROJECT_NUMBERS',
      value: '1234567890123456',
      problem: 'holds "1234567890123456": it has to be project numbers (not ids), separated by commas',
    },
    { variable: 'TOKEN_VENDING_JWKS_URL', value: 'http://example.com/certs', problem: NO_URL },
    { variable: 'TOKEN_VENDING_JWKS_URL', value: 'certs', problem: NO_URL },
    { variable: 'TOKEN_VENDING_IAM_CREDENTIALS_URL', value: 'http://example.com', problem: NO_URL },
    {
      variable: 'TOKEN_VENDING_IAM_CREDENTIALS_URL',
      value: 'https://example.com/v1',
      problem: 'has to be an origin, without a path',
    },
    {
      variable: 'TOKEN_VENDING_IAM_CREDENTIALS_URL',
      value: 'https://example.com/?x=1',
      problem: 'has to be an origin, without a path',
    },
    { variable: 'TOKEN_VENDING_DEADLINE_MS', value: '99', problem: NO_NUMBER },
    { variable: 'TOKEN_VENDING_DEADLINE_MS', value: '60001', problem: NO_NUMBER },
    { variable: 'TOKEN_VENDING_DEADLINE_MS', value: '10s', problem: NO_NUMBER },
    { variable: 'TOKEN_VENDING_DEADLINE_MS', value: '-1000', problem: NO_NUMBER },
  ])('does not start with $variable=$value', ({ variable, value, problem }) => {
    expect(() => parse({ ...environment, [variable]: value })).toThrow(
      new ConfigurationError(variable, problem),
    );
  });

  it('takes an empty variable as absent', () => {
    const empty = Object.fromEntries(
      [
        'TOKEN_VENDING_GRANTS_FILE',
        'TOKEN_VENDING_DATABASE',
        'TOKEN_VENDING_PROJECT_NUMBERS',
        'TOKEN_VENDING_JWKS_URL',
        'TOKEN_VENDING_OAUTH_TOKEN_URL',
        'TOKEN_VENDING_IAM_CREDENTIALS_URL',
        'TOKEN_VENDING_DEADLINE_MS',
        'K_SERVICE',
        'GCE_METADATA_HOST',
      ].map((variable) => [variable, ' ']),
    );
    expect(parse({ ...environment, ...empty })).toEqual(parse(environment));
  });

  it('reads its grants from a file where one is named, and needs no project then', () => {
    const file = {
      ...environment,
      TOKEN_VENDING_GRANTS_FILE: './grants.yaml',
      GOOGLE_CLOUD_PROJECT: undefined,
    };
    expect(parse(file)).toMatchObject({
      grants: { kind: 'file', path: './grants.yaml' },
      projectId: undefined,
    });
  });

  it.each([
    { variable: 'TOKEN_VENDING_GRANTS_FILE', value: '/grants.yaml' },
    { variable: 'FIRESTORE_EMULATOR_HOST', value: '127.0.0.1:8080' },
    { variable: 'GCE_METADATA_HOST', value: '127.0.0.1:8080' },
    { variable: 'GCE_METADATA_IP', value: '127.0.0.1:8080' },
    { variable: 'GOOGLE_SDK_NODE_LOGGING', value: '*' },
  ])('does not start with $variable where it is deployed', ({ variable, value }) => {
    const local = { ...environment, [variable]: value };
    expect(() => parse(local)).not.toThrow();
    expect(() => parse({ ...local, K_SERVICE: 'x' })).toThrow(
      new ConfigurationError(variable, 'is for development: it must not be set on a deployed function'),
    );
  });

  it.each(['TOKEN_VENDING_JWKS_URL', 'TOKEN_VENDING_IAM_CREDENTIALS_URL'])(
    'asks nobody but Google for %s where it is deployed',
    (variable) => {
      for (const origin of NOT_GOOGLE) {
        expect(() => parse({ ...environment, [variable]: origin, K_SERVICE: 'x' })).toThrow(
          new ConfigurationError(variable, 'has to be below https://*.googleapis.com on a deployed function'),
        );
      }
    },
  );

  it('starts where it is deployed, with the addresses of Google', () => {
    const deployed = {
      ...environment,
      K_SERVICE: 'x',
      TOKEN_VENDING_JWKS_URL: 'https://private.googleapis.com/oauth2/v3/certs',
      TOKEN_VENDING_IAM_CREDENTIALS_URL: 'https://iamcredentials.googleapis.com',
    };
    expect(parse(deployed)).toMatchObject({ jwksUrl: 'https://private.googleapis.com/oauth2/v3/certs' });
  });
});

const NOT_GOOGLE = [
  'http://127.0.0.1:8080',
  'https://example.com',
  'https://googleapis.com.evil.com',
  'https://evilgoogleapis.com',
  'https://googleapis.com',
  'https://iamcredentials.googleapis.com:8443',
];

describe('a deployed delegate', () => {
  it('exchanges its assertions at Google alone', () => {
    for (const url of NOT_GOOGLE) {
      const environment = { ...DELEGATE, TOKEN_VENDING_OAUTH_TOKEN_URL: url, K_SERVICE: 'x' };
      expect(() => parseDelegateConfig(environment)).toThrow(
        new ConfigurationError(
          'TOKEN_VENDING_OAUTH_TOKEN_URL',
          'has to be below https://*.googleapis.com on a deployed function',
        ),
      );
    }
  });
});
