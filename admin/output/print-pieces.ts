/**
 * A long text, printed as it comes rather than held in one piece.
 */

import type { Context } from '../command-line/command.ts';

const PIECE_LENGTH = 65_536;

export async function printPieces({ print }: Context, pieces: Iterable<string>): Promise<void> {
  let pending = '';
  for (const piece of pieces) {
    pending += piece;
    if (pending.length < PIECE_LENGTH) continue;
    await print(pending);
    pending = '';
  }
  await print(pending);
}
