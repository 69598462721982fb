// A program as anybody writes it: Google's library finds its credentials by itself, and nothing here knows of Token Vending.
import { GoogleAuth } from 'google-auth-library';

const [url, account] = process.argv.slice(2);
const google = new GoogleAuth({ clientOptions: { serviceAccountEmail: account } });
const { data } = await google.request({ url });
for (const { name } of data.items ?? data.files) process.stdout.write(`${name}\n`);
