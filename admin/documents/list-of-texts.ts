/**
 * The texts of a list that anybody may have stored. Pure.
 */

export function listOfTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
