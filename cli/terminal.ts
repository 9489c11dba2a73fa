/** Where the program reads from and writes to: data on `out`, messages on `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly env: NodeJS.ProcessEnv;
  /** Waits before another attempt. */
  sleep(ms: number): Promise<void>;
  /** Whether `out` may be coloured. */
  readonly colour: boolean;
  /** Asks a question that is answered with yes or no; undefined where nobody can answer. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** Text of others for a terminal: control characters could move the cursor, change the title or worse. */
export function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what we take out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/** `1 fault`, `2 faults`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

export function red(terminal: Terminal, text: string): string {
  return terminal.colour ? `\u001b[31m${text}\u001b[39m` : text;
}
