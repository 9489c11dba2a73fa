import type { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import type { CommandSituation, RecordState, Situation } from '../../domain/process.ts';
import type { IncidentFields } from './fields.ts';
import type { IncidentState } from './states.ts';

export type Incident = RecordState<IncidentFields, IncidentState>;

export type IncidentSituation = Situation<IncidentFields, IncidentState>;

/** A command with this input, given to an incident. */
export type Given<Input extends z.ZodObject> = CommandSituation<
  IncidentFields,
  IncidentState,
  z.output<Input>
>;

/** A customer, who reports and asks and does not work on records. */
export function onlyAsks(actor: Actor): boolean {
  return actor.roles.every((role) => role === 'requester');
}
