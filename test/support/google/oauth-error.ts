// Error bodies of Google's OAuth endpoints: RFC 6749 §5.2, not google.rpc.
import { jsonReply, Refused, type GoogleReply } from './reply.ts';

export function oauthErrorReply(status: number, error: string, description?: string): GoogleReply {
  return jsonReply(status, { error, ...(description !== undefined && { error_description: description }) });
}

export function oauthRefusal(status: number, error: string, description?: string): Refused {
  return new Refused(oauthErrorReply(status, error, description));
}

/** What a fault answers at an OAuth endpoint when it carries no body of its own. */
export function oauthOutage(status: number): GoogleReply {
  return status === 500
    ? oauthErrorReply(500, 'internal_failure', 'Backend Error')
    : oauthErrorReply(status, 'temporarily_unavailable', 'The service is currently unavailable.');
}
