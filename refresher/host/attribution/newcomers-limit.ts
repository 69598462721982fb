/**
 * How many connections a task may begin, as nftables says it; the kernel drops what is beyond, so that a task which
 * begins and ends them without a pause takes nothing from the others. Pure.
 */

export const PER_SECOND = 100;
export const BURST = 300;

/** The first packet of a connection: later ones find it made. */
export const FIRST_PACKET = 'tcp flags & (syn | ack) == syn';

const OVER = `limit rate over ${PER_SECOND}/second burst ${BURST} packets`;

export const NEWCOMERS_LIMIT = `${FIRST_PACKET} ${OVER} drop`;

/** The same for each port by itself, where several are guarded by one rule; the set is a dynamic one. */
export const limitOfEachPort = (set: string) => `update @${set} { tcp dport ${OVER} } drop`;
