/**
 * The reusable lists of scopes, from the tops of all files: each name once. Pure.
 */

import { parseScopeList } from '../../shared/protocol.ts';
import { isRecord } from '../../shared/unknown.ts';
import type { ScopeSets } from '../documents/scope-sets.ts';
import type { Top } from './parse-grants-files.ts';
import { placeText, type Problem } from './problem.ts';
import { placeOf, type Keys, type YamlText } from './yaml-text.ts';

export function collectScopeSets(tops: readonly Top[], problems: Problem[]): ScopeSets {
  const sets = new Map<string, { scopes: readonly string[]; yaml: YamlText }>();
  for (const { yaml, value } of tops) {
    const stated = value['scopeSets'] ?? {};
    const complain = (keys: Keys, message: string) =>
      void problems.push({ place: placeOf(yaml, ['scopeSets', ...keys]), message });
    if (!isRecord(stated)) {
      complain([], 'scopeSets must be a map from name to list of scopes');
      continue;
    }
    for (const [name, scopes] of Object.entries(stated)) {
      const other = sets.get(name);
      if (other !== undefined) {
        complain(
          [name],
          `the scope set ${name} stands twice: also at ${placeText(placeOf(other.yaml, ['scopeSets', name]))}`,
        );
      } else if (isScopes(scopes)) sets.set(name, { scopes, yaml });
      else complain([name], `the scope set ${name} must be a list of OAuth scopes, at least one`);
    }
  }
  return Object.fromEntries([...sets].map(([name, { scopes }]) => [name, scopes]));
}

function isScopes(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (scope) => typeof scope === 'string' && !scope.includes(' ') && parseScopeList(scope) !== undefined,
    )
  );
}
