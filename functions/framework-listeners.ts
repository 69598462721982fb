/**
 * Keeps the framework from listening to some events of the process: it adds its listeners when its server listens, and
 * they would end the process, or print what may be a secret, where this one has better to do.
 */

type KeptEvent = 'SIGTERM' | 'SIGINT' | 'unhandledRejection' | 'uncaughtException';

/** The only listener that the event has from now on. */
export function listenAlone(event: KeptEvent, listener: (value: unknown) => void): void {
  process.on(event, listener);
  process.on('newListener', (added, other) => {
    if (added !== event || other === listener) return;
    process.nextTick(() => process.removeListener(event, other));
  });
}
