import { run } from '../../cli/program.ts';
import type { Operations } from '../../cli/program.ts';
import type { Terminal } from '../../cli/terminal.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const noOperations: Operations = {
  version: '1.2.3',
  start: () => Promise.reject(new Error('not here')),
  migrate: () => Promise.reject(new Error('not here')),
  recover: () => Promise.reject(new Error('not here')),
  audit: {
    verify: () => Promise.reject(new Error('not here')),
    checkpoint: () => Promise.reject(new Error('not here')),
    key: () => Promise.reject(new Error('not here')),
  },
};

/** One command line, in this process. */
export async function provisor(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  more: Partial<Terminal> = {},
  operations = noOperations,
): Promise<Ran> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    sleep: () => Promise.resolve(),
    colour: false,
    ...more,
  };
  const code = await run(args, terminal, operations);
  return { code, out, err };
}
