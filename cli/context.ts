import type { Command } from 'commander';
import { createClient } from './client.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

interface Globals {
  readonly json?: boolean;
  readonly url?: string;
  /** False with --no-input. */
  readonly input?: boolean;
}

/** The options that every command has. */
export function globals(command: Command): Globals {
  return command.optsWithGlobals();
}

export function clientOf(command: Command, terminal: Terminal): Client {
  return createClient({ url: globals(command).url, terminal });
}

/** Writes an answer: as JSON with --json, else for people. */
export function print(
  command: Command,
  terminal: Terminal,
  data: unknown,
  forPeople: () => string,
): void {
  const json = globals(command).json === true;
  terminal.out(json ? `${JSON.stringify(data, undefined, 2)}\n` : forPeople());
}
