// Error bodies of Google's JSON APIs (https://google.aip.dev/193), as recorded from IAM Credentials.
import { jsonReply, Refused, type GoogleReply } from './reply.ts';

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

const EXPECTED_CREDENTIAL =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. ' +
  'See https://developers.google.com/identity/sign-in/web/devconsole-project.';

/** google.rpc.ErrorInfo: https://google.aip.dev/193#errorinfo */
export interface ErrorInfo {
  reason: string;
  domain: string;
  metadata: Record<string, string>;
}

export function googleError(code: number, message: string, info?: ErrorInfo, status?: string): GoogleReply {
  const details = info && [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }];
  const error = {
    code,
    message,
    status: status ?? STATUS_NAMES[code] ?? 'UNKNOWN',
    ...(details && { details }),
  };
  return jsonReply(code, { error });
}

export function unauthenticated(info?: ErrorInfo): Refused {
  const reply = googleError(
    401,
    `Request had invalid authentication credentials. ${EXPECTED_CREDENTIAL}`,
    info,
  );
  return new Refused(withChallenge(reply, 'error="invalid_token"'));
}

export function credentialsMissing(info: ErrorInfo): Refused {
  const reply = googleError(
    401,
    `Request is missing required authentication credential. ${EXPECTED_CREDENTIAL}`,
    info,
  );
  return new Refused(withChallenge(reply));
}

/** `service` as `iamcredentials.googleapis.com`, `method` as its full gRPC name. */
export function scopeInsufficient(service: string, method: string): Refused {
  const info = {
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    domain: 'googleapis.com',
    metadata: { service, method },
  };
  return new Refused(googleError(403, 'Request had insufficient authentication scopes.', info));
}

export function permissionDenied(permission: string): Refused {
  const info = { reason: 'IAM_PERMISSION_DENIED', domain: 'iam.googleapis.com', metadata: { permission } };
  return new Refused(
    googleError(403, `Permission '${permission}' denied on resource (or it may not exist).`, info),
  );
}

export function invalidArgument(message = 'Request contains an invalid argument.'): Refused {
  return new Refused(googleError(400, message));
}

export function serviceDisabled(service: string, title: string): Refused {
  const message =
    `${title} has not been used in project 123 before or it is disabled. Enable it by visiting ` +
    `https://console.developers.google.com/apis/api/${service}/overview?project=123 then retry. If you enabled ` +
    'this API recently, wait a few minutes for the action to propagate to our systems and retry.';
  const metadata = { consumer: 'projects/123', service };
  return new Refused(
    googleError(403, message, { reason: 'SERVICE_DISABLED', domain: 'googleapis.com', metadata }),
  );
}

/** Bodies for the faults that carry none of their own. */
export function outage(status: number): GoogleReply {
  if (status === 429) return quotaExceeded();
  const sentences: Record<number, string> = {
    500: 'Internal error encountered.',
    503: 'The service is currently unavailable.',
  };
  return googleError(status, sentences[status] ?? 'Unexpected error.');
}

function quotaExceeded(): GoogleReply {
  const metadata = {
    consumer: 'projects/123',
    service: 'iamcredentials.googleapis.com',
    quota_metric: 'iamcredentials.googleapis.com/generate_credentials_requests',
    quota_limit: 'GenerateCredentialsRequestsPerMinutePerProject',
  };
  const info = { reason: 'RATE_LIMIT_EXCEEDED', domain: 'googleapis.com', metadata };
  return googleError(429, `Quota exceeded for quota metric '${metadata.quota_metric}'.`, info);
}

function withChallenge(reply: GoogleReply, error?: string): GoogleReply {
  const challenge = [
    'Bearer realm="https://accounts.google.com/"',
    ...(error === undefined ? [] : [error]),
  ].join(', ');
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } };
}
