/**
 * A company of ten thousand principals with ten grants each, as a grants file.
 */

const PRINCIPALS = 10_000;

/** @param changed so many principals have other lifetimes than in a file where none is changed */
export function companyFile(changed = 0): string {
  return `principals:\n${Array.from({ length: PRINCIPALS }, (_, index) => principal(index, index < changed)).join('')}`;
}

function principal(index: number, isChanged: boolean): string {
  const number = String(index).padStart(5, '0');
  const accounts = Array.from({ length: 8 }, (_, target) => account(target, number, isChanged));
  const users = Array.from({ length: 2 }, (_, target) => user(target, number));
  return `  # fleet ${number}
  serviceAccount:fleet-${number}@acme-workers.iam.gserviceaccount.com:
    uniqueId: '1094222338758958${number}'
    grants:
${[...accounts, ...users].join('')}`;
}

function account(target: number, number: string, isChanged: boolean): string {
  return `      serviceAccount:target-${target}-${number}@acme-data.iam.gserviceaccount.com:
        scopes: [https://www.googleapis.com/auth/devstorage.read_write]
        lifetimeSeconds: ${isChanged ? 1800 : 3600}
`;
}

function user(target: number, number: string): string {
  return `      user:person-${target}-${number}@example.com:
        signer: dwd-signer@acme-vending.iam.gserviceaccount.com
        scopes:
          - https://www.googleapis.com/auth/drive.readonly
`;
}
