/**
 * `doctor`: what keeps a VM or a container from its tokens, layer by layer.
 */

import { isGiven, type Command } from '../command-line/command.ts';
import { exitCodeOf, inLayers } from '../doctor/check.ts';
import { examineContainer } from '../doctor/examine-container.ts';
import { examineVm } from '../doctor/examine-vm.ts';
import { PATIENT_OPTIONS, patientOf } from '../doctor/patient-of.ts';
import { printChecks } from '../doctor/print-checks.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';

export const doctor: Command = {
  summary: 'say what keeps this VM or container from its tokens',
  explanation: `One line for each check, with what mends it, from the metadata server to the exchange; the flags and variables are those of
the refresher. A token that it gets is not read. The exit code is that of the first layer that fails:
20 metadata, 21 concealment, 22 clock, 23 identity, 24 function, 25 edge, 26 audience, 27 exchange, 28 clients.`,
  words: { meaning: '', least: 0, most: 0 },
  options: { ...PATIENT_OPTIONS, ...JSON_OPTION },
  example:
    'token-vending doctor --target serviceAccount:trainer@acme-data.iam.gserviceaccount.com --impersonate-url https://impersonate-abc123-uc.a.run.app',

  async run(invocation, context) {
    const { place, ...patient } = patientOf(invocation, context);
    const checks = await (place === 'vm' ? examineVm(patient) : examineContainer(patient));
    const exitCode = exitCodeOf(checks);
    await (isGiven(invocation, 'json')
      ? printJson(context, { place, exitCode, checks: inLayers(checks) })
      : printChecks(checks, context));
    return exitCode;
  },
};
