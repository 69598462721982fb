/**
 * The commands that are in the second bundle.
 */

export const HOST_COMMANDS = {
  host: 'run the daemon that gives each task of this VM its own identity',
  task: 'register, remove and list tasks',
} as const;

/** No command for people: the daemon starts itself by this name, inside the network namespace of a task. */
export const NETNS_HELPER = 'netns-helper';

export function isHostCommand(word: string | undefined): boolean {
  return word !== undefined && (word === NETNS_HELPER || Object.hasOwn(HOST_COMMANDS, word));
}
