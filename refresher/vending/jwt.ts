/**
 * What a signed JWT looks like on the wire (RFC 7515 §3.1): whether it is good is for others to say.
 */

export const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
