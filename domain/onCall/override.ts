import { z } from 'zod';
import type { InputIssue, Result } from '../errors.ts';
import { ok } from '../errors.ts';
import { parseInput, refuseInput } from '../input.ts';
import { toIso } from '../time.ts';
import { personKey, unknownPerson } from './schedule.ts';
import { lastsAtMost, plannedInstant } from './window.ts';

const MOST_DAYS = 366;
/** Overrides of one schedule that may touch one stretch of time. */
const MOST_AT_A_TIME = 100;

const stretch = { from: plannedInstant(), to: plannedInstant() };

/**
 * An exception from a schedule in [from, to), as people write it. `add`: the person is on call too. `remove`: the person is not.
 * `replace`: the person takes the place of `insteadOf` while that one is on call, or, when nobody is named, of everybody, and is
 * on call also when nobody else would be.
 */
export const overrideSchema = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('add'), person: personKey, ...stretch }),
      z.strictObject({ kind: z.literal('remove'), person: personKey, ...stretch }),
      z.strictObject({
        kind: z.literal('replace'),
        person: personKey,
        insteadOf: personKey.optional(),
        ...stretch,
      }),
    ],
    'must have the kind "add", "remove" or "replace"',
  )
  .superRefine(lastsAtMost(MOST_DAYS))
  .refine((override) => override.kind !== 'replace' || override.insteadOf !== override.person, {
    path: ['insteadOf'],
    error: 'must be another person than the one who takes over',
  });

/** As parsed: instants are epoch milliseconds. */
export type OverrideDefinition = z.output<typeof overrideSchema>;

/** An override that stands. Wherever overrides are listed they are in the order in which they were made: each one acts on what those before it left. */
export type Override = OverrideDefinition & { readonly id: string };

/** Whom an override takes off call by name. */
function takesOff(override: OverrideDefinition): string | undefined {
  return override.kind === 'replace' ? override.insteadOf : removes(override);
}

const removes = ({ kind, person }: OverrideDefinition) => (kind === 'remove' ? person : undefined);
const putsOn = ({ kind, person }: OverrideDefinition) => (kind === 'remove' ? undefined : person);

const names = (override: OverrideDefinition, person: string | undefined) =>
  person !== undefined && (putsOn(override) === person || takesOff(override) === person);

/**
 * Which field of an override contradicts one that was made before it, for the same time. Who was replaced can be replaced again only
 * once somebody gave the place back (`since`, what was made between the two).
 */
function contradicted(
  override: OverrideDefinition,
  before: OverrideDefinition,
  since: readonly OverrideDefinition[],
): 'person' | 'insteadOf' | 'kind' | undefined {
  if (names(before, removes(override))) return 'person';
  if (names(override, removes(before))) {
    return override.person === before.person ? 'person' : 'insteadOf';
  }
  if (override.kind === 'add' && before.kind === 'add') {
    return override.person === before.person ? 'person' : undefined;
  }
  if (override.kind !== 'replace' || before.kind !== 'replace') return undefined;
  if (override.insteadOf !== before.insteadOf) return undefined;
  if (override.insteadOf === undefined) return 'kind';
  return since.some((between) => putsOn(between) === override.insteadOf) ? undefined : 'insteadOf';
}

function inWords(override: OverrideDefinition): string {
  const what = {
    add: `adds ${override.person}`,
    remove: `removes ${override.person}`,
    replace: `puts ${override.person} in place of ${takesOff(override) ?? 'everybody'}`,
  }[override.kind];
  return `${what} from ${toIso(override.from)} to ${toIso(override.to)}`;
}

/**
 * Why an override cannot stand beside those that do: it would say the same again, or the opposite.
 * @param existing in the order in which they were made
 */
export function contradictions(
  override: OverrideDefinition,
  existing: readonly Override[],
): InputIssue[] {
  const meanwhile = existing.filter(({ from, to }) => from < override.to && override.from < to);
  if (meanwhile.length >= MOST_AT_A_TIME) {
    const detail = `${meanwhile.length} overrides touch this time already; change the schedule instead`;
    return [{ pointer: '/from', detail }];
  }
  return meanwhile.flatMap((before, index) => {
    const field = contradicted(override, before, meanwhile.slice(index + 1));
    if (field === undefined) return [];
    const detail = `contradicts override ${before.id}, which ${inWords(before)}; withdraw that one, or choose another time`;
    return [{ pointer: `/${field}`, detail }];
  });
}

/**
 * Checks an override. Refuses with `invalid`: each fault by its place.
 * @param people the keys of the policy's active people
 * @param existing the schedule's overrides that touch the same time, in the order in which they were made
 */
export function parseOverride(
  data: unknown,
  people: ReadonlySet<string>,
  existing: readonly Override[],
): Result<OverrideDefinition> {
  const parsed = parseInput(overrideSchema, data);
  if (!parsed.ok) return parsed;
  const override = parsed.value;
  const unknown =
    override.kind === 'remove' ? [] : unknownPerson(override.person, people, '/person');
  const issues = [...unknown, ...contradictions(override, existing)];
  return issues.length === 0 ? ok(override) : refuseInput(issues);
}
