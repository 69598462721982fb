/**
 * The version of the bundle; the sources have none.
 */

/** The bundler puts the version of package.json in its place. */
declare const ADMIN_VERSION: string | undefined;

export const VERSION = typeof ADMIN_VERSION === 'string' ? ADMIN_VERSION : 'from source';
