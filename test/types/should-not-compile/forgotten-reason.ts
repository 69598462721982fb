import { Refusal } from '../../../shared/refusal.ts';

// expect TS2345: a reason without an answer on the wire is no reason
export const refusal = new Refusal('because_i_say_so');
