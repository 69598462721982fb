/**
 * What the refresher is run by: this Node, and Bun where it is there for this machine.
 */

import { bunPath } from '../../support/processes/bun.ts';

export interface Runtime {
  readonly name: 'Node' | 'Bun';
  readonly command: string;
}

export function runtimes(): readonly Runtime[] {
  const node: Runtime = { name: 'Node', command: process.execPath };
  const bun = bunPath();
  if (bun !== undefined) return [node, { name: 'Bun', command: bun }];
  process.stderr.write('there is no Bun for this machine: its figures are missing\n');
  return [node];
}
