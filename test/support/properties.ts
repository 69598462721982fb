/**
 * fast-check, with the same cases in every run, so that a run fails for what was changed. `npm run test:properties` looks
 * for cases that nobody has seen. https://fast-check.dev/docs/configuration/global-settings/
 */

import { configureGlobal } from 'fast-check';

if (process.env['PROPERTY_CASES'] !== 'new') configureGlobal({ seed: 1 });

export * from 'fast-check';
