// Lists the buckets of a project with no more than google-auth-library: it finds the credentials and sends the request.
import { GoogleAuth } from 'google-auth-library';

const [projectId, endpoint] = process.argv.slice(2);

const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
const { data } = await auth.request({ url: `${endpoint}/storage/v1/b`, params: { project: projectId } });
for (const { name } of data.items) process.stdout.write(`${name}\n`);
