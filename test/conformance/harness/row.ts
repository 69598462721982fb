/**
 * One client of the matrix, as data: how it is installed, what it is told to do, and what comes of that in each mode.
 * Whoever adds a client writes a row and lists it in `rows.ts`; nothing else has to know of it.
 */

import type { FakeGoogle } from '../../support/google/fake-google.ts';
import type { Seen } from '../fake-apis/seen.ts';

/**
 * How a client comes to the refresher's tokens, each in a network of its own where only loopback is up:
 * - `environment`: `refresher serve`, and the variables that `refresher env` prints. 169.254.169.254 cannot be reached.
 * - `interception`: `refresher serve` at 169.254.169.254:80, its names in /etc/hosts, and no variables at all.
 * - `agentless`: no refresher. GOOGLE_APPLICATION_CREDENTIALS names the file of `refresher adc`, GOOGLE_CLOUD_PROJECT the
 *   project, and 169.254.169.254:80 is the metadata server of the VM.
 * - `token file`: the file of `refresher serve --token-file`; nothing else can be reached.
 */
export const MODES = ['environment', 'interception', 'agentless', 'token file'] as const;
export type Mode = (typeof MODES)[number];

/** What the client becomes, and proves by what it does. */
export const IDENTITIES = ['service account', 'user'] as const;
export type Identity = (typeof IDENTITIES)[number];

export interface Row {
  /** The package's or program's own name, and a command of it where it has several rows. */
  readonly client: string;
  readonly language: string;
  /** Shared by rows: what is the same object is installed once. */
  readonly toolchain: Toolchain;
  readonly version: (installed: Installed) => string;
  readonly command: (place: Place) => Command;
  readonly proof: Proof;
  /** A server of the row's own, such as one that speaks gRPC; rows that share the function share the server. */
  readonly service?: StartService;
  readonly modes: Readonly<
    Record<Exclude<Mode, 'token file'>, Expectation> & {
      /** Absent: the client has no way to be told of such a file. */
      'token file'?: Expectation;
    }
  >;
}

/** The same for both identities, or for each its own. */
export type Expectation = Outcome | Readonly<Record<Identity, Outcome>>;
export type Outcome = 'works' | CannotWork;

export interface CannotWork {
  /** For the table: a few words, no full stop. */
  readonly reason: string;
  /**
   * What is seen to happen. `says`: the client ends with an error and with this in its output, and nobody saw a token of
   * the VM. `acts as the VM`: an API, or the output, saw the VM's own token. `acts anonymously`: an API saw a request
   * without any token.
   */
  readonly seen: { readonly says: RegExp } | 'acts as the VM' | 'acts anonymously';
}

/**
 * - `api`: a fake API (or the row's own service) saw a vended token as `Authorization: Bearer`, by its SHA-256, and no
 *   other token.
 * - `printed token`: the output holds a vended token, access or ID, on a line of its own.
 * - `printed account`: the output holds the e-mail of the account.
 *
 * The client must also exit with 0, and print what `Command.prints` says.
 */
export type Proof = 'api' | 'printed token' | 'printed account';

export interface Toolchain {
  readonly name: string;
  /** Its versions are the machine's, not this repository's. */
  readonly isOfMachine?: true;
  /**
   * Runs once before everything, with the network; what it downloads stays in `folder`, so that the second time is fast.
   * Errors are real errors: a program that the machine does not have is `missing` instead.
   */
  readonly install: (folder: string) => Promise<Installed | Missing>;
}

/** Plain data: it goes through JSON into the namespace. */
export interface Installed {
  /** Absolute paths, by name. */
  readonly programs: Readonly<Record<string, string>>;
  /** Read from what is installed, by package. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Missing {
  /** What the machine lacks, such as "no go on the PATH". */
  readonly missing: string;
}

/** Where one command runs. */
export interface Place {
  readonly mode: Mode;
  readonly identity: Identity;
  readonly email: string;
  readonly installed: Installed;
  /** An empty folder that nobody else has; it is HOME, and the working directory. */
  readonly folder: string;
  /** Storage (JSON and XML), BigQuery and Drive, each as the identity may read it: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string;
  /** The same as `https://localhost:PORT`, for a client that speaks nothing else. */
  readonly apiTlsUrl: string;
  /** `127.0.0.1:PORT` of the same, without TLS. */
  readonly apiHost: string;
  readonly projectId: string;
  /** Readable by both identities; its objects are those of `fake-apis/contents.ts`. */
  readonly bucket: string;
  /** In the mode `agentless` only. */
  readonly agentless?: {
    /** The file that GOOGLE_APPLICATION_CREDENTIALS names; its token_url is http. */
    readonly file: string;
    /** The same with an https token_url on `localhost`, for a client that takes no other. */
    readonly tlsFile: string;
  };
  /** PEM, in every mode: who signed every certificate of this place, all of them for `localhost`. */
  readonly caFile: string;
  /** What the row's own service said about itself. */
  readonly service: Readonly<Record<string, string>>;
}

export interface Command {
  /** The program's absolute path (`place.installed.programs`), and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /**
   * Beyond the mode's own. Nothing that says where credentials are to be found: that is refused, but for
   * GOOGLE_APPLICATION_CREDENTIALS in the mode `agentless`.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Written into the folder first, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What standard output has to hold, such as an object's name. */
  readonly prints?: string;
  readonly timeoutSeconds?: number;
}

export interface ServiceDeps {
  readonly google: FakeGoogle;
  /** To be told of each request, as the fake APIs tell it. */
  readonly saw: (request: Seen) => void;
  /** PEM, for `localhost` and 127.0.0.1, signed by `place.caFile`. */
  readonly tls: { readonly certificate: string; readonly key: string };
}

/** What it says about itself becomes `place.service`. */
export type StartService = (deps: ServiceDeps) => Promise<{
  readonly service: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}>;
