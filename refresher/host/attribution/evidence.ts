/**
 * What a task is known by, as it is kept: enough to tell it from anything that comes to have the same name or number
 * later. Pure.
 */

import { isSameNamespace, type NamespaceId } from '../kernel/namespaces.ts';
import { isWithin } from '../kernel/processes.ts';

/** What whoever registers a task says that it is. */
export type Claim =
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'netns'; readonly path: string }
  | { readonly kind: 'cgroup'; readonly path: string }
  | { readonly kind: 'address'; readonly address: string };

/** A cookie is a number that the kernel gives no other network namespace. */
export type Evidence =
  | {
      readonly kind: 'pid';
      readonly pid: number;
      readonly startTime: string;
      readonly namespace: NamespaceId;
      readonly cookie: string;
    }
  | {
      readonly kind: 'netns';
      readonly path: string;
      readonly namespace: NamespaceId;
      readonly cookie: string;
    }
  | { readonly kind: 'cgroup'; readonly path: string; readonly id: string }
  | { readonly kind: 'address'; readonly address: string };

/** Whether two tasks could be taken for each other: nobody can be both. */
export function overlap(one: Evidence, other: Evidence): boolean {
  if ('namespace' in one && 'namespace' in other) {
    return isSameNamespace(one.namespace, other.namespace);
  }
  if (one.kind === 'cgroup' && other.kind === 'cgroup') {
    return isWithin(one.path, other.path) || isWithin(other.path, one.path);
  }
  return one.kind === 'address' && other.kind === 'address' && one.address === other.address;
}
