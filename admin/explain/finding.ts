/**
 * One thing that an exchange needs of Google, and whether it is so.
 */

/** A sentence that has to be true, and what Google says of it. */
export interface Finding {
  readonly claim: string;
  readonly is: 'yes' | 'no' | 'unknown';
  /** Why it is not known, or what Google said. */
  readonly because?: string;
  /** Commands, lines of Terraform, pages. */
  readonly mend: readonly string[];
}
