/**
 * `--help`, made of the table of options. Pure.
 */

import { COMMANDS, OPTIONS, type CommandName } from './options.ts';

const MORE: Record<CommandName, string> = {
  serve: `  refresher serve --target user:alice@example.com & eval "$(refresher env)"`,
  exec: `COMMAND starts when the tokens are there. It gets the signals, and its exit code is refresher's.

  refresher exec --target user:alice@example.com --listen 127.0.0.1:0 -- python report.py`,
  token: `  curl -H "Authorization: Bearer $(refresher token)" https://www.googleapis.com/drive/v3/files`,
  env: `  docker run --network host --env-file <(refresher env --format docker) IMAGE`,
  adc: `Only where the VM has one tenant, and the function no invoker check.

  refresher adc > adc.json; export GOOGLE_APPLICATION_CREDENTIALS=$PWD/adc.json`,
};

const OVERVIEW = `refresher: short-lived Google tokens for every program on this VM, by way of a Token Vending function.

Start with
  export TOKEN_VENDING_IMPERSONATE_URL=https://….run.app
  refresher exec --target serviceAccount:trainer@acme.iam.gserviceaccount.com -- python train.py

Commands (refresher COMMAND --help says more)`;

const HOST = '  host   give each container of this VM its own identity, which task registers';

const EXIT_CODES = `Exit codes: 0 done; otherwise the command's own, 128+N where signal N ended it, 126 or 127 where it cannot run, or
  64  bad usage
  69  function or metadata server not reached in time
  77  target refused
  78  bad configuration
`;

/** Of one command, or of all. */
export function helpText(command: CommandName | undefined): string {
  const head =
    command === undefined
      ? [OVERVIEW, ...Object.entries(COMMANDS).map(([name, what]) => `  ${name.padEnd(6)} ${what}`), HOST]
      : [
          `refresher ${command} [FLAGS]${command === 'exec' ? ' -- COMMAND…' : ''}: ${COMMANDS[command]}`,
          MORE[command],
        ];
  const flags = OPTIONS.filter(
    ({ usedBy }) => command === undefined || usedBy.split(' ').includes(command),
  ).map(({ flag, value, variable, help }) => `  ${`${flag} ${value}`.padEnd(33)} ${variable}\n      ${help}`);
  return [...head, '\nFlags, and the variables that count without them', ...flags, '', EXIT_CODES].join('\n');
}
