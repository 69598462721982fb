/**
 * How many connections a task may begin, as nftables says it; the kernel drops what is beyond, so that a task which
 * begins and ends them without a pause takes nothing from the others. Pure.
 */

const PER_SECOND = 500;
const BURST = 1_000;

/** The first packet of a connection: later ones find it made. */
export const FIRST_PACKET = 'tcp flags & (syn | ack) == syn';

export const NEWCOMERS_LIMIT = `${FIRST_PACKET} limit rate over ${PER_SECOND}/second burst ${BURST} packets drop`;
