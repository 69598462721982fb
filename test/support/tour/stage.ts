/** What every step of the tour gets, and what a step is. */

import type { Company } from './company.ts';
import type { Narration } from './narration.ts';

export interface Stage {
  readonly company: Company;
  readonly narration: Narration;
}

export interface Step {
  readonly title: string;
  /** What happens and why it matters, in a sentence or two. */
  readonly says: string;
  /** Does it, shows it, and throws where it does not turn out as said. */
  readonly show: (stage: Stage) => Promise<void>;
}
