import type { Urgency } from '../domain/process.ts';
import type { Milliseconds } from '../domain/time.ts';

export interface ReceiverLimitOptions {
  /** How many sends may be under way to one receiver. */
  readonly places: number;
  /** How long those who wait for a place wait while nothing comes back from the receiver. A send that took longer is no sign of life either. */
  readonly patience: Milliseconds;
}

/** Gives a place back; a second call does nothing. */
export type Leave = () => void;

/** How many sends are under way to each receiver. */
export interface ReceiverLimit {
  /**
   * Takes a place, and waits for one while the receiver answers: what is worth waking somebody goes first. Undefined when too many wait before it, or
   * nothing comes back from the receiver.
   * @param behind how many may wait before it: who waits keeps a slot of the worker
   */
  enter(receiver: string, urgency: Urgency, behind: number): Promise<Leave | undefined>;
}

interface Waiting {
  readonly urgency: Urgency;
  readonly behind: number;
  readonly admit: (leave: Leave | undefined) => void;
}

/** The places of one receiver and those who wait for one. */
class Receiver {
  private taken = 0;
  private readonly waiting: Waiting[] = [];
  private aliveAt = performance.now();
  private patienceEnds: NodeJS.Timeout | undefined;
  private readonly options: ReceiverLimitOptions;

  constructor(options: ReceiverLimitOptions) {
    this.options = options;
  }

  isIdle(): boolean {
    return this.taken === 0;
  }

  enter(urgency: Urgency, behind: number): Promise<Leave | undefined> {
    if (this.taken < this.options.places) return Promise.resolve(this.place());
    return new Promise((admit) => {
      this.wait({ urgency, behind, admit });
    });
  }

  private place(): Leave {
    this.taken += 1;
    const since = performance.now();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.taken -= 1;
      const now = performance.now();
      if (now - since < this.options.patience) this.aliveAt = now;
      this.waiting.shift()?.admit(this.place());
      this.keepPatience();
    };
  }

  /** In order of urgency, and of coming. Who is last of too many is turned away. */
  private wait(one: Waiting): void {
    const interrupting = this.waiting.filter(({ urgency }) => urgency === 'interrupting').length;
    const before = one.urgency === 'interrupting' ? interrupting : this.waiting.length;
    this.waiting.splice(before, 0, one);
    // Each of those behind it has one more before it now.
    const tooMany = (place: number, { behind }: Waiting): boolean => place >= behind;
    const turnedAway = this.waiting.filter((other, place) => tooMany(place, other));
    for (const other of turnedAway) this.waiting.splice(this.waiting.indexOf(other), 1);
    for (const { admit } of turnedAway) admit(undefined);
    this.keepPatience();
  }

  private keepPatience(): void {
    clearTimeout(this.patienceEnds);
    if (this.waiting.length === 0) return;
    const left = this.aliveAt + this.options.patience - performance.now();
    this.patienceEnds = setTimeout(() => {
      for (const { admit } of this.waiting.splice(0)) admit(undefined);
    }, left);
  }
}

/** Lets only so many sends at a time go to one receiver, so that one that hangs, or is slow while much is to go there, does not keep every slot of the worker. */
export function createReceiverLimit(options: ReceiverLimitOptions): ReceiverLimit {
  const receivers = new Map<string, Receiver>();
  return {
    async enter(name, urgency, behind) {
      const receiver = receivers.get(name) ?? new Receiver(options);
      receivers.set(name, receiver);
      const leave = await receiver.enter(urgency, behind);
      return (
        leave &&
        (() => {
          leave();
          if (receiver.isIdle() && receivers.get(name) === receiver) receivers.delete(name);
        })
      );
    },
  };
}
