import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startGuardian } from './guardianLink.ts';
import type { Guardian } from './guardianLink.ts';
import { createLogFile, createTail, eachLine } from './lines.ts';
import { notePid } from './leftovers.ts';
import { signal } from './processes.ts';
import type { Reporter } from './progress.ts';
import { SupervisedChild } from './supervisedChild.ts';
import type { ChildSpec, Program } from './supervisedChild.ts';

/** A program that runs once and must end well. */
export interface ToolSpec extends Program {
  readonly limitMs: number;
  /** Ends it before its limit. */
  readonly stop?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** A part whose output need not be heard. */
export type PartSpec = Omit<ChildSpec, 'onLine'> & Partial<Pick<ChildSpec, 'onLine'>>;

/** Thrown by everything that is under way when a stop is ordered. */
export class StoppedError extends Error {
  constructor() {
    super('stopped');
    this.name = 'StoppedError';
  }
}

/** Starts processes, keeps them running, and ends all of them: in order, or at once when it dies itself. */
export class Supervisor {
  readonly report: Reporter;
  readonly #home: string;
  readonly #guardian: Guardian;
  readonly #children: SupervisedChild[] = [];
  readonly #tools = new Set<number>();
  #stopping = false;

  /** `home` gets `log/` (the output of the parts) and `run/` (their process ids); both folders must be there. */
  constructor(home: string, report: Reporter) {
    this.#home = home;
    this.report = report;
    this.#guardian = startGuardian();
  }

  get guardianPid(): number | undefined {
    return this.#guardian.pid;
  }

  /**
   * Starts a part and keeps it running. Its output goes to `log/<slug>.log`, and to `onLine` when given.
   * @throws Error with its last lines when it doesn't come up this first time.
   */
  async start(slug: string, spec: PartSpec): Promise<SupervisedChild> {
    this.mustGoOn();
    const log = createLogFile(join(this.#home, 'log', `${slug}.log`));
    const child = new SupervisedChild(
      {
        ...spec,
        onLine: (line) => {
          log(line);
          spec.onLine?.(line);
        },
      },
      this.#guardian,
      {
        say: (line) => {
          this.report.say(line);
        },
        pid: (pid) => {
          notePid(join(this.#home, 'run'), slug, pid, spec.command, spec.stopSignal);
        },
      },
    );
    this.#children.push(child);
    try {
      await child.start();
    } catch (error) {
      this.mustGoOn();
      this.#children.splice(this.#children.indexOf(child), 1);
      throw error;
    }
    this.mustGoOn();
    return child;
  }

  /**
   * Runs a program to its end and answers its standard output.
   * @throws Error with its last lines when it fails or takes longer than `limitMs`.
   */
  async run(tool: ToolSpec): Promise<string> {
    this.mustGoOn();
    const tail = createTail();
    const output: string[] = [];
    const child = spawn(tool.command, [...tool.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: tool.env,
      cwd: tool.cwd,
      ...tool.user,
    });
    const pid = child.pid;
    if (pid !== undefined) {
      this.#tools.add(pid);
      this.#guardian.watch(pid, 'SIGTERM');
    }
    const hear = (line: string) => {
      tail.push(line);
      tool.onLine?.(line);
    };
    eachLine(child.stdout, (line) => {
      output.push(line);
      hear(line);
    });
    eachLine(child.stderr, hear);
    const tooLong = new AbortController();
    const end = () => {
      tooLong.abort();
      if (pid !== undefined) signal(-pid, 'SIGKILL');
    };
    const limit = setTimeout(end, tool.limitMs);
    tool.stop?.addEventListener('abort', end, { once: true });
    const how = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => {
        resolve(error.message);
      });
      child.once('close', (code, name) => {
        resolve(code === 0 ? undefined : (name ?? `exit code ${code ?? '?'}`));
      });
    });
    clearTimeout(limit);
    if (pid !== undefined) {
      this.#tools.delete(pid);
      this.#guardian.forget(pid);
    }
    this.mustGoOn();
    if (how !== undefined) {
      const why = tooLong.signal.aborted ? 'took too long' : `failed (${how})`;
      throw new Error(
        [`${tool.name} ${why}.`, ...tail.lines().map((line) => `  | ${line}`)].join('\n'),
      );
    }
    return output.join('\n');
  }

  /** Refuses new starts and stops all parts, the newest first, each within its own limit. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const pid of this.#tools) signal(-pid, 'SIGTERM');
    for (const child of [...this.#children].reverse()) {
      await this.report.wait(`${child.name} to stop`, () => child.stop());
    }
    this.#guardian.release();
  }

  /** Kills all parts at once. */
  kill(): void {
    this.#stopping = true;
    for (const pid of this.#tools) signal(-pid, 'SIGKILL');
    for (const child of this.#children) child.kill();
    this.#guardian.release();
  }

  /** @throws StoppedError once a stop was ordered. */
  mustGoOn(): void {
    if (this.#stopping) throw new StoppedError();
  }
}
