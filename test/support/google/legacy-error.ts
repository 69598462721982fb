// Error bodies of Google's older JSON APIs (Storage, Compute), which still carry `errors[]`:
// https://cloud.google.com/storage/docs/json_api/v1/status-codes
import { jsonReply, Refused } from './reply.ts';

export function legacyError(code: number, message: string, reason: string, more: object = {}): Refused {
  const errors = [{ message, domain: 'global', reason, ...more }];
  const headers =
    code === 401 ? { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' } : undefined;
  return new Refused(jsonReply(code, { error: { code, message, errors } }, headers));
}
