/**
 * What doctor finds: one line each, in layers, of which each needs those before it. Pure.
 */

/** In the order in which they are looked at; a first failing layer is the exit code of the command. */
export const LAYERS = {
  /** A metadata server answers. */
  metadata: 20,
  /** The VM's own is kept from containers. */
  concealment: 21,
  clock: 22,
  /** The VM's identity token says what a function asks for. */
  identity: 23,
  /** A function answers. */
  function: 24,
  /** The platform in front of it lets the VM through. */
  edge: 25,
  /** It takes the identity token. */
  audience: 26,
  exchange: 27,
  /** Clients find the metadata server, and nothing that wins over it. */
  clients: 28,
} as const;

export type Layer = keyof typeof LAYERS;
export type LayerExitCode = (typeof LAYERS)[Layer];

export interface Check {
  readonly layer: Layer;
  /** `warning`: works, and somebody should look. `skipped`: cannot be seen from here. */
  readonly is: 'ok' | 'failed' | 'warning' | 'skipped';
  /** What was found; holds no secret. */
  readonly found: string;
  /** What to do about it, commands first. */
  readonly mend: readonly string[];
}

export function ok(layer: Layer, found: string): Check {
  return { layer, is: 'ok', found, mend: [] };
}

export function failed(layer: Layer, found: string, ...mend: readonly string[]): Check {
  return { layer, is: 'failed', found, mend };
}

export function warning(layer: Layer, found: string, ...mend: readonly string[]): Check {
  return { layer, is: 'warning', found, mend };
}

export function skipped(layer: Layer, found: string, ...mend: readonly string[]): Check {
  return { layer, is: 'skipped', found, mend };
}

export function inLayers(checks: readonly Check[]): readonly Check[] {
  const order = Object.keys(LAYERS);
  return checks.toSorted((one, other) => order.indexOf(one.layer) - order.indexOf(other.layer));
}

/** 0 where nothing failed. */
export function exitCodeOf(checks: readonly Check[]): 0 | LayerExitCode {
  const first = inLayers(checks).find(({ is }) => is === 'failed');
  return first === undefined ? 0 : LAYERS[first.layer];
}
