// Lists the buckets of a project: the sample of @google-cloud/storage's documentation, and where to find the API.
import { Storage } from '@google-cloud/storage';

const [projectId, apiEndpoint] = process.argv.slice(2);

// with an address of one's own the library sends no credentials unless it is told to
const storage = new Storage({ projectId, apiEndpoint, useAuthWithCustomEndpoint: true });
const [buckets] = await storage.getBuckets();
for (const { name } of buckets) process.stdout.write(`${name}\n`);
