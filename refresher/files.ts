/**
 * The file system, loaded when it is needed: each module delays the first token.
 */

export const files = () => import('node:fs/promises');
