/**
 * The version of the bundle; the sources have none.
 */

/** The bundler puts the version of package.json in its place. */
declare const REFRESHER_VERSION: string | undefined;

export const VERSION = typeof REFRESHER_VERSION === 'string' ? REFRESHER_VERSION : 'from source';
