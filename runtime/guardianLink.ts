import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { guardianFile } from './folders.ts';

/** The supervisor's side of the guardian (guardian.mjs): tells it which processes to end should the supervisor die. */
export interface Guardian {
  watch(pid: number, stopSignal: NodeJS.Signals): void;
  forget(pid: number): void;
  /** Lets the guardian end; what it still watches it stops. */
  release(): void;
  readonly pid: number | undefined;
}

/** Starts the guardian; one that is killed is started again and told of every process anew. */
export function startGuardian(): Guardian {
  const wards = new Map<number, NodeJS.Signals>();
  let child: ChildProcess;
  let released = false;

  const tell = (line: string) => child.stdin?.write(`${line}\n`);

  function launch() {
    // Detached: the terminal's Ctrl-C must not reach it.
    child = spawn(process.execPath, [guardianFile()], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: {},
    });
    // It can die between two writes; 'exit' starts the next one, which is told everything.
    child.stdin?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.on('exit', () => {
      if (!released) setTimeout(launch, 100).unref();
    });
    child.unref();
    for (const [pid, stopSignal] of wards) tell(`+${pid} ${stopSignal}`);
  }

  launch();
  return {
    watch(pid, stopSignal) {
      wards.set(pid, stopSignal);
      tell(`+${pid} ${stopSignal}`);
    },
    forget(pid) {
      wards.delete(pid);
      tell(`-${pid}`);
    },
    release() {
      released = true;
      child.stdin?.end();
    },
    get pid() {
      return child.pid;
    },
  };
}
