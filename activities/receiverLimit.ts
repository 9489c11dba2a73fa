/** How many sends are under way to each receiver. */
export interface ReceiverLimit {
  /** Takes a place; call what it returns to give it back. Undefined when all are taken. */
  enter(receiver: string): (() => void) | undefined;
}

/** Lets at most `most` sends at a time go to one receiver, so that one that hangs does not keep every slot of the worker. */
export function createReceiverLimit(most: number): ReceiverLimit {
  const under = new Map<string, number>();
  return {
    enter(receiver) {
      const count = under.get(receiver) ?? 0;
      if (count >= most) return undefined;
      under.set(receiver, count + 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const rest = (under.get(receiver) ?? 1) - 1;
        if (rest === 0) under.delete(receiver);
        else under.set(receiver, rest);
      };
    },
  };
}
