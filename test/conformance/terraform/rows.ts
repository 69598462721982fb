/** Terraform's own backend for state in Cloud Storage; no provider is involved. */

import { findProgram } from '../harness/find-program.ts';
import { runBuild } from '../harness/build-once.ts';
import type { Installed, Missing, Place, Row, Toolchain } from '../harness/row.ts';

const TERRAFORM: Toolchain = { name: 'Terraform', isOfMachine: true, install };

async function install(folder: string): Promise<Installed | Missing> {
  const terraform = findProgram('terraform');
  if (terraform === undefined) return { missing: 'no terraform on the PATH' };
  const said = await runBuild([terraform, 'version', '-json'], {
    cwd: folder,
    env: { CHECKPOINT_DISABLE: '1' },
  });
  const { terraform_version: version } = JSON.parse(said) as { terraform_version: string };
  return { programs: { terraform }, versions: { terraform: version } };
}

const configuration = ({ bucket, apiUrl }: Place) => `terraform {
  backend "gcs" {
    bucket                  = "${bucket}"
    storage_custom_endpoint = "${apiUrl}/storage/v1/b"
  }
}
`;

export const TERRAFORM_ROWS: readonly Row[] = [
  {
    client: 'terraform (gcs backend)',
    language: 'Command line',
    toolchain: TERRAFORM,
    version: ({ versions }) => versions['terraform'] ?? '?',
    proof: 'api',
    command: (place) => ({
      argv: [place.installed.programs['terraform'] ?? '', 'init', '-input=false', '-no-color'],
      files: { 'main.tf': configuration(place) },
      // it asks for newer versions of itself otherwise
      env: { CHECKPOINT_DISABLE: '1' },
      prints: 'Successfully configured the backend "gcs"!',
    }),
    modes: { environment: 'works', interception: 'works', agentless: 'works' },
  },
];
