/**
 * Principals and targets by short names, in the groups that they are shown in. Pure.
 */

export interface Named {
  /** What is understood beside the name of its group. */
  readonly label: string;
  /** What is understood alone. */
  readonly name: string;
  readonly group: string;
}

const ACCOUNTS = '.iam.gserviceaccount.com';

/** @param id a member, or the id of a document under `principals/` */
export function named(id: string): Named {
  const [kind = '', rest = '', instance] = id.split(':');
  if (instance !== undefined)
    return { label: instance, name: `VM ${instance}`, group: `VMs of project ${rest}` };
  const at = rest.lastIndexOf('@');
  if (at < 1) return { label: id, name: id, group: 'no targets' };
  const domain = rest.slice(at + 1);
  const place = domain.endsWith(ACCOUNTS) ? domain.slice(0, -ACCOUNTS.length) : domain;
  const label = rest.slice(0, at);
  const group = kind === 'user' ? `users of ${place}` : `accounts of ${place}`;
  return { label, name: `${label}@${place}`, group };
}
