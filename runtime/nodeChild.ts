import type { ChildProcess } from 'node:child_process';
import { tsxLoader } from './folders.ts';
import type { ChildSpec } from './supervisedChild.ts';

export interface NodeChild {
  /** As people read it: `API`. */
  readonly name: string;
  /** The TypeScript file that the process runs. It sends `{ready: true}` to its parent when it is ready. */
  readonly entry: string;
  /** Modules that are loaded before it, and in each of its threads. */
  readonly imports?: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
  /** Asked after `{ready: true}`. */
  readonly check?: ((ended: AbortSignal) => Promise<void>) | undefined;
}

/** A part of Provisor itself: a Node process that says when it is ready, and drains on SIGTERM. */
export function nodeChild(child: NodeChild): ChildSpec {
  return {
    name: child.name,
    command: process.execPath,
    args: [
      ...[tsxLoader(), ...(child.imports ?? [])].flatMap((url) => ['--import', url]),
      child.entry,
    ],
    env: child.env,
    ipc: true,
    stopSignal: 'SIGTERM',
    stopWithinMs: 20_000,
    readyWithinMs: 120_000,
    async ready(running, ended) {
      await saysReady(running, ended);
      await child.check?.(ended);
    },
    onLine: child.onLine,
  };
}

function saysReady(running: ChildProcess, ended: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    running.on('message', (message) => {
      if (typeof message === 'object' && 'ready' in message && message.ready === true) resolve();
    });
    ended.addEventListener('abort', () => {
      reject(new Error(`${running.spawnfile} ended`));
    });
  });
}
