import { once } from 'node:events';
import { join } from 'node:path';
import { parentPort, Worker } from 'node:worker_threads';
import { MINUTE, SECOND } from '../domain/time.ts';
import type { Milliseconds } from '../domain/time.ts';

const BOOTSTRAP = join(import.meta.dirname, 'thread.mjs');
/** So long a thread that has nothing to do keeps its memory. */
const KEPT_FOR = MINUTE;

export interface ThreadOptions {
  /** The program's file: it calls `answerTasks`. */
  readonly program: string;
  /** Of its heap. What it takes beyond ends the task, and nothing else. */
  readonly mostMemoryMb: number;
  /** For one task, the start of the thread included. */
  readonly within: Milliseconds;
}

/** A task cost more than it may: time, or memory. */
export class TooCostly extends Error {}

/** Where hostile files are read: they cost seconds there, in which requests, pages and timers go on here. */
export interface Thread<Task, Answer> {
  /**
   * Has a task done, after those that were asked for before.
   * @throws TooCostly; Error with the words of what the program threw
   */
  ask(task: Task): Promise<Answer>;
  /** Ends the thread, and the task that is under way. */
  close(): Promise<void>;
}

type Reply<Answer> = { readonly answer: Answer } | { readonly failure: string };

/** A thread for one program: it starts with a task, starts anew after one that was too costly, and ends when nothing was asked of it for a minute. */
export function createThread<Task, Answer>(options: ThreadOptions): Thread<Task, Answer> {
  const { program, mostMemoryMb, within } = options;
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let before: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  const start = (): Worker => {
    const started = new Worker(BOOTSTRAP, {
      argv: [program],
      resourceLimits: { maxOldGenerationSizeMb: mostMemoryMb },
    });
    // Whoever asked is told by `once`; between tasks nobody listens.
    started.on('error', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  };
  const replyTo = async (task: Task): Promise<Reply<Answer>> => {
    clearTimeout(idle);
    worker ??= start();
    worker.ref();
    const late = AbortSignal.timeout(within);
    try {
      worker.postMessage(task);
      const [reply] = (await once(worker, 'message', { signal: late })) as [Reply<Answer>];
      worker.unref();
      idle = setTimeout(() => void end(), KEPT_FOR).unref();
      return reply;
    } catch (error) {
      await end();
      if (late.aborted) throw new TooCostly(`it takes more than ${within / SECOND} s`);
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
        throw new TooCostly(`it takes more than ${mostMemoryMb} MB of memory`);
      }
      throw error;
    }
  };
  const run = async (task: Task): Promise<Answer> => {
    const reply = await replyTo(task);
    if ('failure' in reply) throw new Error(reply.failure);
    return reply.answer;
  };
  return {
    ask(task) {
      const asked = before.then(() => run(task));
      before = asked.catch(() => undefined);
      return asked;
    },
    close: end,
  };
}

/** Does the tasks of the thread that it is called in, one after the other. */
export function answerTasks(work: (task: never) => unknown): void {
  const port = parentPort;
  port?.on('message', (task: unknown) => {
    Promise.resolve(task as never)
      .then(work)
      .then(
        (answer) => {
          port.postMessage({ answer });
        },
        (error: unknown) => {
          port.postMessage({ failure: error instanceof Error ? error.message : String(error) });
        },
      );
  });
}
