/** Whether a text holds secrets, or pieces of them. */

/** So much of a token in a log is a token in a log. */
const PIECE_LENGTH = 24;

/** The pieces of these secrets that the text holds. */
export function leaksIn(text: string, secrets: Iterable<string>): string[] {
  return [...new Set([...secrets].flatMap(piecesOf))].filter((piece) => text.includes(piece));
}

/** Of a JWT without its header, which tokens of one key share. */
function piecesOf(secret: string): string[] {
  const distinct = secret.startsWith('eyJ') ? secret.slice(secret.indexOf('.') + 1) : secret;
  const count = Math.floor(distinct.length / PIECE_LENGTH);
  return Array.from({ length: count }, (_, index) =>
    distinct.slice(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH),
  );
}
