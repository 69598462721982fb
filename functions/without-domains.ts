/**
 * Requests without domains.
 *
 * The framework runs each request in a domain, a deprecated part of Node that follows every promise and timer with an
 * asynchronous hook: more than half of what an exchange allocates, and most of its slowest answers. All that it is for
 * is to answer 500 where a function throws. Here nothing is thrown past the exchange, and `stray-errors.ts` sees the
 * rest.
 * https://nodejs.org/docs/latest-v24.x/api/domain.html
 */

import domain from 'node:domain';

/** As much of a domain as the framework uses. */
const NO_DOMAIN = { on: () => NO_DOMAIN, run: (work: () => void) => work() };

/** To be called before the first request: the hook is never taken off again. */
export function serveWithoutDomains(): void {
  Object.assign(domain, { create: () => NO_DOMAIN });
}
