/**
 * Grants files for tests.
 */

export const FLEET = 'serviceAccount:workers@acme-workers.iam.gserviceaccount.com';
export const PIN = '109422233875895820585';
export const VM = 'instance:326694433618:2875949485074006138';
export const READ = 'https://www.googleapis.com/auth/devstorage.read_only';
export const WRITE = 'https://www.googleapis.com/auth/devstorage.read_write';

export const target = (name: string) => `serviceAccount:${name}@acme-data.iam.gserviceaccount.com`;

/** One fleet with a grant of the trainer; the lines are more fields of the grant. */
export function fleetFile(...lines: readonly string[]): string {
  return `principals:
  ${FLEET}:
    uniqueId: '${PIN}'
    grants:
      ${target('trainer')}:
        scopes: [${READ}]
${lines.map((line) => `        ${line}\n`).join('')}`;
}

/** So many fleets, each with one grant of this scope. */
export function fleetsFile(count: number, scope = READ): string {
  const fleets = Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(5, '0');
    return `  serviceAccount:fleet-${number}@acme-workers.iam.gserviceaccount.com:
    uniqueId: '1094222338758958${number}'
    grants:
      ${target(`target-${number}`)}: { scopes: [${scope}] }
`;
  });
  return `principals:\n${fleets.join('')}`;
}
