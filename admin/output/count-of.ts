/**
 * How many of something, in words. Pure.
 */

/** @param noun makes its plural with an s */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
