import type { Urgency } from '../domain/process.ts';
import type { Milliseconds } from '../domain/time.ts';

export interface SlotsOptions {
  /** How many may be at one thing (a receiver, the worker itself) at a time. */
  readonly places: number;
  /** How many it may become for what is worth waking somebody, while all goes well and others wait; `places` without it. What can wait would come between. */
  readonly most?: number;
  /** How long those who wait for a place wait while none is given back. Who kept one for longer is no sign of life either. */
  readonly patience: Milliseconds;
}

/** Gives a place back, and says how it went where that is known; a second call does nothing. */
export type Leave = (went?: 'well' | 'badly') => void;

/** Who is at each thing, and who waits. */
export interface Slots {
  /**
   * Takes a place, and waits for one while places are given back: what is worth waking somebody goes first. Undefined when too many wait before it, or
   * no place is given back.
   * @param of the thing's name
   * @param behind how many may wait before it
   */
  enter(of: string, urgency: Urgency, behind: number): Promise<Leave | undefined>;
}

interface Waiting {
  readonly urgency: Urgency;
  readonly behind: number;
  readonly admit: (leave: Leave | undefined) => void;
}

/** The places of one thing and those who wait for one. */
class Places {
  private taken = 0;
  private readonly waiting: Waiting[] = [];
  private aliveAt = performance.now();
  private patienceEnds: NodeJS.Timeout | undefined;
  private readonly options: SlotsOptions;
  private places: number;

  constructor(options: SlotsOptions) {
    this.options = options;
    this.places = options.places;
  }

  isIdle(): boolean {
    return this.taken === 0;
  }

  enter(urgency: Urgency, behind: number): Promise<Leave | undefined> {
    if (this.isFree(urgency)) return Promise.resolve(this.place());
    return new Promise((admit) => {
      this.wait({ urgency, behind, admit });
    });
  }

  private isFree(urgency: Urgency): boolean {
    return this.taken < (urgency === 'interrupting' ? this.places : this.options.places);
  }

  private place(): Leave {
    this.taken += 1;
    const since = performance.now();
    let left = false;
    return (went) => {
      if (left) return;
      left = true;
      this.taken -= 1;
      const now = performance.now();
      const isPrompt = now - since < this.options.patience;
      if (isPrompt) this.aliveAt = now;
      this.adapt(isPrompt ? went : 'badly');
      this.admitWaiting();
      this.keepPatience();
    };
  }

  /** One more where all goes well and others wait; half as many where it does not: as TCP finds out how much a way takes (RFC 5681). */
  private adapt(went: 'well' | 'badly' | undefined): void {
    const { places: least, most = least } = this.options;
    if (went === 'well' && this.waiting.length > 0) this.places = Math.min(most, this.places + 1);
    if (went === 'badly') this.places = Math.max(least, Math.floor(this.places / 2));
  }

  private admitWaiting(): void {
    let [next] = this.waiting;
    while (next !== undefined && this.isFree(next.urgency)) {
      this.waiting.shift();
      next.admit(this.place());
      [next] = this.waiting;
    }
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

/**
 * Lets only so many be at one thing at a time. Of a receiver: one that hangs, or is slow while much is to go there, does not keep every slot of the worker. Of the
 * worker itself: what is urgent does not wait for all that came before it.
 */
export function createSlots(options: SlotsOptions): Slots {
  const places = new Map<string, Places>();
  return {
    async enter(of, urgency, behind) {
      const those = places.get(of) ?? new Places(options);
      places.set(of, those);
      const leave = await those.enter(urgency, behind);
      return (
        leave &&
        ((went) => {
          leave(went);
          if (those.isIdle() && places.get(of) === those) places.delete(of);
        })
      );
    },
  };
}
