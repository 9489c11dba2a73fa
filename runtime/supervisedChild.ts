import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Guardian } from './guardianLink.ts';
import { createTail, eachLine } from './lines.ts';
import { signal } from './processes.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const WELL_AFTER_MS = 60_000;

/** A program to run. */
export interface Program {
  /** As people read it: `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** Run as this user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** A part that must keep running. */
export interface ChildSpec extends Program {
  /** Opens Node's message channel. */
  readonly ipc?: boolean | undefined;
  readonly stopSignal: NodeJS.Signals;
  readonly stopWithinMs: number;
  readonly readyWithinMs: number;
  /** Resolves once the part is of use; asked again after each restart. It must end when `ended` aborts. */
  readonly ready: (child: ChildProcess, ended: AbortSignal) => Promise<void>;
  /** Before a restart: resolves once what it cannot start without is back. */
  readonly needs?: ((stopping: AbortSignal) => Promise<void>) | undefined;
  /** Each line of its output. */
  readonly onLine: (line: string) => void;
}

export interface ChildReport {
  say(line: string): void;
  /** The process id changed: undefined while it is down. */
  pid(pid: number | undefined): void;
}

/**
 * The pause before the n-th restart in a row (n from 0), in milliseconds: it doubles up to 30 s. `random` in [0, 1)
 * takes away up to half, so that parts that fell together do not rise together.
 */
export function restartDelayMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(full * (1 - random / 2));
}

/** One process that is started again whenever it ends, until it is told to stop. */
export class SupervisedChild {
  readonly #spec: ChildSpec;
  readonly #guardian: Guardian;
  readonly #report: ChildReport;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('not started');
  #tail = createTail();

  constructor(spec: ChildSpec, guardian: Guardian, report: ChildReport) {
    this.#spec = spec;
    this.#guardian = guardian;
    this.#report = report;
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Resolves when the part is of use; from then on it is kept running.
   * @throws Error with its last lines when it ends, or is of no use in time, on this first start.
   */
  async start(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      await this.#kill();
      throw error;
    }
    void this.#keep();
  }

  /** Asks it to stop, and kills it and its group when it does not in time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    signal(pid, this.#spec.stopSignal);
    const limit = new AbortController();
    const inTime = await Promise.race([
      this.#ended.then(() => true),
      sleep(this.#spec.stopWithinMs, false, { signal: limit.signal }).catch(() => false),
    ]);
    limit.abort();
    if (!inTime) {
      this.#report.say(
        `${this.name} did not stop within ${this.#spec.stopWithinMs / 1000} s and is killed`,
      );
    }
    await this.#kill();
  }

  /** Kills it at once, and lets it lie. */
  kill(): void {
    this.#stopping.abort();
    const pid = this.#child?.pid;
    if (pid !== undefined) signal(-pid, 'SIGKILL');
  }

  async #kill(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    signal(-pid, 'SIGKILL');
    await this.#ended;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #keep(): Promise<void> {
    let attempt = 0;
    let wellSince: number | undefined = Date.now();
    for (;;) {
      const how = await this.#ended;
      if (this.#isStopping()) return;
      if (wellSince !== undefined && Date.now() - wellSince >= WELL_AFTER_MS) attempt = 0;
      const delay = restartDelayMs(attempt++, Math.random());
      const text = `${this.name} ended (${how}); it is started again in ${delay} ms.`;
      this.#report.say(withTail(text, this.#tail.lines()));
      const { signal: stopping } = this.#stopping;
      await sleep(delay, undefined, { signal: stopping }).catch(() => undefined);
      await this.#spec.needs?.(stopping).catch(() => undefined);
      if (this.#isStopping()) return;
      wellSince = undefined;
      try {
        await this.#launch();
        wellSince = Date.now();
        this.#report.say(`${this.name} runs again (pid ${this.pid ?? '?'})`);
      } catch (error) {
        // One that ended is told of by the next round; one that only hangs is told of here, and ended.
        if (this.pid !== undefined && !this.#isStopping()) {
          this.#report.say((error as Error).message);
        }
        await this.#kill();
      }
    }
  }

  async #launch(): Promise<void> {
    const spec = this.#spec;
    const ended = new AbortController();
    const child = spawn(spec.command, [...spec.args], {
      stdio: ['ignore', 'pipe', 'pipe', ...(spec.ipc === true ? (['ipc'] as const) : [])],
      // A process group of its own: Ctrl-C in a terminal reaches the supervisor alone, which orders the stop.
      detached: true,
      env: spec.env,
      cwd: spec.cwd,
      ...spec.user,
    });
    const pid = child.pid;
    this.#child = child;
    if (pid !== undefined) this.#guardian.watch(pid, spec.stopSignal);
    this.#report.pid(pid);
    const tail = (this.#tail = createTail());
    for (const stream of [child.stdout, child.stderr]) {
      eachLine(stream, (line) => {
        tail.push(line);
        spec.onLine(line);
      });
    }
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (ended.signal.aborted) return;
        ended.abort();
        this.#child = undefined;
        if (pid !== undefined) this.#guardian.forget(pid);
        this.#report.pid(undefined);
        resolve(how);
      };
      child.once('error', (error) => {
        end(error.message);
      });
      child.once('exit', (code, signalName) => {
        // Its last words may still be in the pipe. Not 'close': a grandchild can hold the pipe open for ever.
        setTimeout(end, 50, signalName ?? `exit code ${code ?? '?'}`);
      });
    });
    const limit = sleep(spec.readyWithinMs, undefined, { signal: ended.signal }).then(
      () => `was not ready within ${spec.readyWithinMs / 1000} s`,
      () => undefined,
    );
    const trouble = await Promise.race([
      spec.ready(child, ended.signal).then(() => undefined),
      this.#ended.then((how) => `ended (${how}) before it was ready`),
      limit.then(async (text) => text ?? `ended (${await this.#ended}) before it was ready`),
    ]);
    if (trouble !== undefined) throw new Error(withTail(`${spec.name} ${trouble}.`, tail.lines()));
  }
}

function withTail(text: string, lines: readonly string[]): string {
  if (lines.length === 0) return `${text} It wrote nothing.`;
  return `${text} Its last lines:\n${lines.map((line) => `  | ${line.slice(0, 300)}`).join('\n')}`;
}
