/** Holds up what comes to it until it is opened, once and for all. */
export interface Gate {
  /** Where a receiver stops at it: `unread`, when it has nothing of the message yet; `unanswered`, when it has taken the message. */
  readonly at: 'unread' | 'unanswered';
  /** How many came to it so far. */
  readonly reached: number;
  pass(): Promise<void>;
  open(): void;
}

export function createGate(at: Gate['at']): Gate {
  let reached = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    at,
    get reached() {
      return reached;
    },
    pass() {
      reached += 1;
      return opened;
    },
    open: () => {
      open();
    },
  };
}
