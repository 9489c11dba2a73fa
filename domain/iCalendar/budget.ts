import { Unreadable } from './fault.ts';

/** What the rules of a file may cost in all: about three seconds of processor time (measured). A step is a date that a rule tries, 3 to 10 µs. */
const MOST_STEPS = 250_000;

/** What is left for one file: rules that repeat every second, or for ever, end in a refusal and not in a hang. */
export interface Budget {
  /** @throws Unreadable when the file has used up its steps */
  spend(steps: number, line: number): void;
  isSpent(): boolean;
}

export function makeBudget(): Budget {
  let left = MOST_STEPS;
  return {
    spend(steps, line) {
      left -= steps;
      if (left >= 0) return;
      throw new Unreadable(
        line,
        'up to this rule the file makes too many dates: let its events repeat less often, or begin later',
      );
    },
    isSpent: () => left < 0,
  };
}
