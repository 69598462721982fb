/**
 * Principals read in a thread of their own: of a crowd of them the YAML takes as long as the database does, and so the two
 * are read side by side.
 */

import type { MessagePort, Worker } from 'node:worker_threads';
import type { ScopeSets } from '../documents/scope-sets.ts';
import { readPrincipal, type ReadPrincipals } from './parse-grants-files.ts';
import { createPrincipalReader } from './principal-value.ts';
import type { YamlText } from './yaml-text.ts';

interface Job {
  readonly texts: readonly YamlText[];
  readonly scopeSets: ScopeSets;
}

type Answer = Awaited<ReturnType<ReadPrincipals>>;

/** Fewer are read sooner than a thread starts. */
const CROWD = 500;
/** Few at a time, so that neither side holds all of them twice. */
const JOB_SIZE = 200;

/** Without a thread. */
export const readHere: ReadPrincipals = async (texts, scopeSets) => {
  const valueOf = createPrincipalReader();
  return texts.map((yaml) => readPrincipal(yaml, scopeSets, valueOf));
};

/** @param startWorker starts this program again, which then calls `serveReading` */
export function createReadPrincipals(startWorker: () => Worker): ReadPrincipals {
  return async (texts, scopeSets) => {
    if (texts.length < CROWD) return readHere(texts, scopeSets);
    const worker = startWorker();
    try {
      const read: Answer[number][] = [];
      for (let at = 0; at < texts.length; at += JOB_SIZE) {
        read.push(...(await ask(worker, { texts: texts.slice(at, at + JOB_SIZE), scopeSets })));
      }
      return read;
    } finally {
      await worker.terminate();
    }
  };
}

function ask(worker: Worker, job: Job): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown) => reject(error);
    worker.once('error', onError);
    worker.once('message', (answer: Answer) => {
      worker.off('error', onError);
      resolve(answer);
    });
    worker.postMessage(job, []);
  });
}

export function serveReading(port: MessagePort): void {
  const valueOf = createPrincipalReader();
  port.on('message', ({ texts, scopeSets }: Job) => {
    port.postMessage(texts.map((yaml) => readPrincipal(yaml, scopeSets, valueOf)));
  });
}
