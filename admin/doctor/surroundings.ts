/**
 * What doctor looks at on the machine, beside what it asks over the network.
 */

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The home directory. */
  readonly home: string;
  /** `undefined`: there is no such file, or it may not be read. */
  readonly readText: (path: string) => Promise<string | undefined>;
  /** Hosts at which clients look for a VM's metadata server when nobody tells them another. */
  readonly metadataHosts: readonly string[];
}
