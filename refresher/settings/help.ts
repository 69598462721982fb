/**
 * `--help`, made of the table of options. Pure.
 */

import { ALL_OPTIONS, COMMANDS, type CommandName, type Option } from './options.ts';

const WIDTH = 100;
const INDENT = '      ';

const USAGE: Record<CommandName, string> = {
  serve: 'refresher serve [FLAGS]',
  exec: 'refresher exec [FLAGS] -- COMMAND [ARGUMENT…]',
  token: 'refresher token [FLAGS]',
  env: 'refresher env [FLAGS]',
  adc: 'refresher adc [FLAGS]',
};

const MORE: Record<CommandName, string> = {
  serve: `Client libraries on the same machine find it with the variables that \`refresher env\` prints. It is ready when
GET /healthz answers 200. It ends on SIGTERM.

  refresher serve --target user:alice@example.com --delegate-url https://delegate-….run.app &
  eval "$(refresher env)"
  gcloud auth print-access-token`,
  exec: `The command starts when there is a token for each target. Its environment makes every client library find the
metadata server; signals are passed on to it, and its exit code becomes the exit code of refresher. Right as the first
process of a container.

  refresher exec --target user:alice@example.com --delegate-url https://delegate-….run.app \\
    --listen 127.0.0.1:0 -- python report.py`,
  token: `Prints the token of the first target, and nothing else.

  curl -H "Authorization: Bearer $(refresher token --target user:alice@example.com)" \\
    https://www.googleapis.com/drive/v3/files`,
  env: `Asks the VM for its project where --project is not given.

  eval "$(refresher env)"
  docker run --network host --env-file <(refresher env --format docker) IMAGE
  refresher env --format github >> "$GITHUB_ENV"`,
  adc: `The client library then fetches the VM's identity token and sends it to the function by itself: no refresher runs.
Only where one VM serves one tenant, and only at a function that is open to callers without Cloud Run's invoker check.

  refresher adc --target user:alice@example.com --delegate-url https://delegate-….run.app > adc.json
  export GOOGLE_APPLICATION_CREDENTIALS=$PWD/adc.json GOOGLE_CLOUD_PROJECT=acme-data`,
};

const EXIT_CODES = `Exit codes
  0    done            64  bad usage           77  the function refused the target
  N    the command's   69  not reached in time 78  bad configuration
  128+N  ended by signal N     126, 127  the command cannot be run, does not exist`;

const OVERVIEW = `refresher: tokens of a service account or of a Workspace user, for every Google client library on this VM.

It shows the VM's identity token to a Token Vending function, gets a short-lived token back, keeps it fresh, and offers
it as a Compute Engine metadata server does. No key, no change to the program.

Usage
${Object.values(USAGE)
  .map((line) => `  ${line}`)
  .join('\n')}

Commands
${Object.entries(COMMANDS)
  .map(([name, what]) => `  ${name.padEnd(6)} ${what}`)
  .join('\n')}

Start
  export TOKEN_VENDING_IMPERSONATE_URL=https://impersonate-….run.app
  refresher exec --target serviceAccount:trainer@acme-data.iam.gserviceaccount.com -- python train.py

Every flag has a variable, which counts where the flag is not given; a flag that a command has no use for is ignored.
\`refresher COMMAND --help\` shows what one command uses, with examples.
`;

/** Of one command, or of all. */
export function helpText(command: CommandName | undefined): string {
  const used = ALL_OPTIONS.map(([, option]) => option).filter(
    ({ usedBy }) => command === undefined || usedBy.includes(command),
  );
  const head =
    command === undefined
      ? OVERVIEW
      : `${USAGE[command]}\n\n${capitalized(COMMANDS[command])}.\n${MORE[command]}\n`;
  return `${head}\nFlags\n${used.map(optionText).join('\n')}\n\n${EXIT_CODES}\n`;
}

function optionText({ flag, value, variable, isList, help }: Option): string {
  const name = value === undefined ? flag : `${flag} ${value}`;
  const heading = [`  ${name}`, variable, isList === true ? 'repeatable' : undefined];
  const text = wrap(help, WIDTH - INDENT.length).map((line) => INDENT + line);
  return [heading.filter((part) => part !== undefined).join('  '), ...text].join('\n');
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
