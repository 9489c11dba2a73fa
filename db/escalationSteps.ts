import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import { toEffect } from './effects.ts';
import type { EffectRow, StoredEffect } from './effects.ts';
import type { Queryable } from './pool.ts';
import { loadedColumns, toLoaded } from './records.ts';
import type { LoadedRecord, LoadedRow } from './records.ts';

/** What a step of an escalation is decided on. */
export interface LoadedStep {
  /** The escalation. */
  readonly effect: StoredEffect;
  /** Its record. */
  readonly loaded: LoadedRecord;
  /** Whether the caller's Temporal namespace drives the records. */
  readonly drives: boolean;
  /** Whether the step was committed before. */
  readonly isCommitted: boolean;
  /** Whether any maintenance window may stand. */
  readonly isMaintained: boolean;
}

interface Asked {
  /** Of the escalation. */
  readonly key: string;
  /** Of the step. */
  readonly commandId: string;
  readonly driver: string;
  readonly now: Instant;
}

type Row = LoadedRow & {
  readonly effect: Omit<EffectRow, 'give_up_at'> & { give_up_at: string };
} & Record<'drives' | 'committed' | 'maintained', boolean>;

/** Reads it all in one round trip: a thousand steps may fall due at one instant. Undefined when there is no such effect. */
export async function loadStep(
  db: Queryable,
  { key, commandId, driver, now }: Asked,
): Promise<LoadedStep | undefined> {
  const { rows } = await db.query<Row>({
    name: 'load-escalation-step',
    text: `select ${loadedColumns}, (select to_jsonb(e) from effects e where key = $1) as effect,
        exists (select from temporal_identity where namespace_id = $3) as drives,
        exists (select from events v where v.number = r.number and command_id = $2) as committed,
        exists (select from maintenance_windows where removed_at is null and over_at > $4) as maintained
      from records r where number = (select number from effects where key = $1)`,
    values: [key, commandId, driver, toIso(now)],
  });
  const [row] = rows;
  return (
    row && {
      effect: toEffect({ ...row.effect, give_up_at: new Date(row.effect.give_up_at) }),
      loaded: toLoaded(row),
      drives: row.drives,
      isCommitted: row.committed,
      isMaintained: row.maintained,
    }
  );
}
