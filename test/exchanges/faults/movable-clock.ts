/**
 * Loaded into a function's process before anything else (`node --import`): its clock is the machine's plus as many
 * milliseconds as a file says, so that hours of an outage pass while a test looks on. Timers are not moved.
 */

import { readFileSync } from 'node:fs';

const file = process.env['CLOCK_OFFSET_FILE'] ?? '';
const machineNow = Date.now.bind(Date);
const now = () => machineNow() + Number(readFileSync(file, 'utf8'));

globalThis.Date = new Proxy(Date, {
  get: (target, property, receiver) =>
    property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
});
