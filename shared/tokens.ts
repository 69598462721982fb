/**
 * Token types that do not print.
 *
 * Whatever formats a value (a template string, JSON, `util.inspect`, an error's cause) gets the redaction; only
 * `reveal()` gives the token itself, so that one grep finds every place a secret leaves the process. The kinds are
 * separate types: an identity token cannot stand where an access token is wanted.
 */

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class Unprintable<Kind extends string> {
  readonly kind: Kind;
  readonly #value: string;

  constructor(kind: Kind, value: string) {
    this.kind = kind;
    this.#value = value;
  }

  /** The token itself. Never into a log, an error or a cache key. */
  reveal(): string {
    return this.#value;
  }

  get length(): number {
    return this.#value.length;
  }

  toString(): string {
    return `[${this.kind} redacted]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** An OAuth 2.0 access token: of a service account, of a Workspace user, or the function's own. */
export class AccessToken extends Unprintable<'access token'> {
  constructor(value: string) {
    super('access token', value);
  }
}

/** An OpenID Connect ID token that was minted for the caller. */
export class IdToken extends Unprintable<'ID token'> {
  constructor(value: string) {
    super('ID token', value);
  }
}

/** A VM's identity token as it came in; unverified until `verifyIdentityToken` has made a `Principal` of it. */
export class IdentityToken extends Unprintable<'identity token'> {
  constructor(value: string) {
    super('identity token', value);
  }
}

/** A signed JWT that the OAuth token endpoint exchanges for an access token (RFC 7523 §2.1). */
export class Assertion extends Unprintable<'assertion'> {
  constructor(value: string) {
    super('assertion', value);
  }
}
