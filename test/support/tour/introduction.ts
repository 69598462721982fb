/** The first page: what this is for, and what is running. */

import { table } from './layout.ts';
import type { Stage } from './stage.ts';

export function introduce({ company, narration }: Stage): void {
  const { googleUrl, worker, functions, grants } = company;
  narration.heading('Token Vending: a tour');
  narration.paragraph(
    'Programs on virtual machines have to act as somebody: as a service account, or as a person of your Google ' +
      'Workspace. Often a key file is copied to the machine for that, and key files leak. Here a VM shows what it ' +
      'has anyway, a proof of its identity signed by Google, and is given a token that works for an hour.',
  );
  narration.paragraph(
    'All of it now runs on this machine. Google and the VMs are imitations; the two functions are the real ones, as ' +
      'they are deployed. Nothing leaves this machine, and no account of yours is used.',
  );
  narration.show(
    'running',
    table({
      Google: `${googleUrl}  keys, IAM, OAuth, Cloud Storage, Drive`,
      [worker.name]: `${worker.url}  a VM: this is its metadata server`,
      impersonate: `${functions.impersonate.url}  the function by which VMs become service accounts`,
      delegate: `${functions.delegate.url}  the function by which VMs become people`,
      grants: `${grants.path}  who may become whom`,
    }),
  );
}
