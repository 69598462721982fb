/**
 * The trace that a request belongs to, as a resource name of Cloud Trace. Pure.
 */

import type { IncomingHttpHeaders } from 'node:http';

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** https://cloud.google.com/trace/docs/trace-context#legacy-http-header */
const CLOUD_TRACE_CONTEXT = /^([0-9a-f]{32})(?:\/\d{1,20})?(?:;o=\d)?$/;

/** A caller can send anything in these headers: what is no trace id does not get into the log. */
export function traceOf(headers: IncomingHttpHeaders, projectId: string | undefined): string | undefined {
  const id =
    TRACEPARENT.exec(single(headers['traceparent']))?.[1] ??
    CLOUD_TRACE_CONTEXT.exec(single(headers['x-cloud-trace-context']))?.[1];
  return id === undefined || projectId === undefined ? undefined : `projects/${projectId}/traces/${id}`;
}

function single(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
