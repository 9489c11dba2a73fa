import { z } from 'zod';
import type { Process } from '../domain/process.ts';
import type { CommandView } from './contract.ts';

/** Whether people or integrations may give a command at all; what only the system or a resource of its own gives is not reachable as one. */
export function isPublic(process: Process, name: string): boolean {
  if (!Object.hasOwn(process.commands, name)) return false;
  const command = process.commands[name];
  return command?.resource === undefined && command?.by.some((role) => role !== 'system') === true;
}

/** JSON Schema of an input as a caller writes it: defaults are optional, our own marks are left out. */
export function inputSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema['freeText'];
    },
  });
}

const described = new WeakMap<Process, readonly CommandView[]>();

/** The commands of a process that are reachable from outside, in the definition's order. */
export function publicCommands(process: Process): readonly CommandView[] {
  const known = described.get(process);
  if (known !== undefined) return known;
  const views = Object.entries(process.commands)
    .filter(([name]) => isPublic(process, name))
    .map(([name, { does, input }]) => ({ name, does, input: inputSchema(input) }));
  described.set(process, views);
  return views;
}
