import type { Writable } from 'node:stream';
import { destination, pino } from 'pino';

const SAY_AFTER_MS = 2_000;
const SAY_AGAIN_MS = 10_000;

/** Tells people what happens and what is waited for. */
export interface Reporter {
  /** One line about something that happened. */
  say(line: string): void;
  /** A line that came out of a child process, as it is. */
  pass(line: string): void;
  /**
   * Runs `work`. A wait longer than 2 s is named, and its elapsed time is said again and again;
   * `detail` adds what the work is at just now.
   */
  wait<T>(what: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
}

interface Wait {
  readonly what: string;
  readonly since: number;
  detail: string;
  saidAt: number;
}

type Output = Writable & { isTTY?: boolean; columns?: number };

/**
 * A reporter that writes plain lines to `out`, or log lines in JSON to standard output. On a terminal the line of the
 * running waits is rewritten each second; elsewhere each wait is said again every 10 s.
 */
export function createReporter(
  out: Output,
  { json = false, passTo = out }: { json?: boolean; passTo?: Output } = {},
): Reporter {
  const waits = new Set<Wait>();
  const terminal = out.isTTY === true && !json;
  const log = json ? pino({ name: 'provisor' }, destination({ dest: 1, sync: true })) : undefined;
  // The terminal is gone: that must not end the supervisor, which has to stop its parts in order.
  for (const stream of new Set([out, passTo])) stream.on('error', () => undefined);
  let drawn = false;
  let timer: NodeJS.Timeout | undefined;

  const seconds = (wait: Wait) => Math.round((Date.now() - wait.since) / 1000);
  const describe = (wait: Wait) =>
    `${wait.what} (${seconds(wait)} s${wait.detail === '' ? '' : `: ${wait.detail}`})`;
  const erase = () => {
    if (drawn) out.write('\r\u001b[K');
    drawn = false;
  };
  const write = (line: string) => {
    erase();
    if (log === undefined) out.write(`${line}\n`);
    else log.info(line);
  };

  function look() {
    const now = Date.now();
    const long = [...waits].filter((wait) => now - wait.since >= SAY_AFTER_MS);
    if (long.length === 0) return;
    if (terminal) {
      erase();
      out.write(`waiting for ${long.map(describe).join(', ')}`.slice(0, (out.columns ?? 80) - 1));
      drawn = true;
    }
    for (const wait of long) {
      if (!terminal && now - wait.saidAt >= SAY_AGAIN_MS) write(`waiting for ${describe(wait)}`);
      if (terminal || now - wait.saidAt >= SAY_AGAIN_MS) wait.saidAt = now;
    }
  }

  return {
    say: write,
    pass(line) {
      erase();
      passTo.write(`${line}\n`);
    },
    async wait(what, work) {
      const wait: Wait = { what, since: Date.now(), detail: '', saidAt: 0 };
      waits.add(wait);
      timer ??= setInterval(look, 1_000);
      try {
        const result = await work((text) => (wait.detail = text));
        if (wait.saidAt > 0) write(`${what}: done after ${seconds(wait)} s`);
        return result;
      } finally {
        waits.delete(wait);
        if (waits.size === 0) {
          clearInterval(timer);
          timer = undefined;
          erase();
        }
      }
    },
  };
}
