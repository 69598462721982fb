/**
 * The discovery document of BigQuery, cut down to listing datasets.
 * https://developers.google.com/discovery/v1/reference/apis
 */

const text = (description: string) => ({ type: 'string', description, location: 'query' });

export function discoveryDocument(baseUrl: string): object {
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    version: 'v2',
    revision: '20260101',
    title: 'BigQuery API',
    protocol: 'rest',
    rootUrl: `${baseUrl}/`,
    servicePath: 'bigquery/v2/',
    basePath: '/bigquery/v2/',
    baseUrl: `${baseUrl}/bigquery/v2/`,
    batchPath: 'batch/bigquery/v2',
    parameters: {
      alt: { ...text('Data format'), default: 'json' },
      fields: text('Selector'),
      key: text('API key'),
      prettyPrint: { type: 'boolean', location: 'query' },
      trace: text('Tracing token'),
    },
    auth: { oauth2: { scopes: { 'https://www.googleapis.com/auth/bigquery': { description: 'BigQuery' } } } },
    schemas: {
      DatasetList: {
        id: 'DatasetList',
        type: 'object',
        properties: {
          kind: { type: 'string' },
          nextPageToken: { type: 'string' },
          datasets: { type: 'array', items: { type: 'object', properties: {} } },
        },
      },
    },
    resources: {
      datasets: {
        methods: {
          list: {
            id: 'bigquery.datasets.list',
            path: 'projects/{+projectId}/datasets',
            flatPath: 'projects/{projectsId}/datasets',
            httpMethod: 'GET',
            parameterOrder: ['projectId'],
            parameters: {
              projectId: { type: 'string', required: true, location: 'path', pattern: '^[^/]+$' },
              all: { type: 'boolean', location: 'query' },
              filter: text('Filter'),
              maxResults: { type: 'integer', format: 'uint32', location: 'query' },
              pageToken: text('Page'),
            },
            response: { $ref: 'DatasetList' },
            scopes: ['https://www.googleapis.com/auth/bigquery'],
          },
        },
      },
    },
  };
}
