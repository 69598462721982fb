/**
 * A real browser without a window: what a page looks like in it, and what a script in it finds.
 */

import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';

/** As Debian, and others, name it. */
const PROGRAMS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** Why there is none on this machine. */
export function chromiumMissing(): string | undefined {
  return chromiumPath() === undefined ? `none of ${PROGRAMS.join(', ')} is on the PATH` : undefined;
}

export interface Chromium {
  /** The page's DOM as HTML, once its scripts have run. */
  readonly domOf: (html: string) => Promise<string>;
  /** A PNG of the page, written to a file. */
  readonly picture: (
    html: string,
    size: { readonly width: number; readonly height: number },
    file: string,
  ) => Promise<void>;
  readonly remove: () => void;
}

export function createChromium(): Chromium {
  const path = chromiumPath();
  if (path === undefined) throw new Error(chromiumMissing());
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  const flags = [
    '--headless',
    '--disable-gpu',
    '--hide-scrollbars',
    '--disable-background-networking',
    // nothing of a page may come from elsewhere
    '--host-resolver-rules=MAP * ~NOTFOUND',
    `--user-data-dir=${folder}`,
    // root has no other way, and what it shows is ours
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  const run = async (html: string, ...more: readonly string[]) => {
    const page = join(folder, 'page.html');
    writeFileSync(page, html);
    const { stdout } = await promisify(execFile)(path, [...flags, ...more, pathToFileURL(page).href], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
  return {
    domOf: (html) => run(html, '--dump-dom'),
    picture: async (html, { width, height }, file) =>
      void (await run(html, `--window-size=${width},${height}`, `--screenshot=${file}`)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function chromiumPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
