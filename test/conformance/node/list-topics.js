// Lists the topics of a project: the sample of @google-cloud/pubsub's documentation, over gRPC, and where to find the API.
import { PubSub } from '@google-cloud/pubsub';

const [projectId, apiEndpoint] = process.argv.slice(2);

// an address of one's own is taken for an emulator, which wants neither TLS nor credentials
const pubsub = new PubSub({ projectId, apiEndpoint, emulatorMode: false });
const [topics] = await pubsub.getTopics();
for (const { name } of topics) process.stdout.write(`${name}\n`);
await pubsub.close();
