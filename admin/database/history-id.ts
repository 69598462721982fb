/**
 * Ids of the history: they sort as they were made. Pure.
 */

export function historyId(at: Date, unique: string): string {
  return `${at.toISOString().replaceAll(/[-:.]/g, '')}-${unique}`;
}
