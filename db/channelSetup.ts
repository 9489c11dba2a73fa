import type { Queryable } from './pool.ts';

/** Kinds of channels that this installation has no settings for, with what to set. A kind that is not among them counts as set up. */
export type NotSetUp = ReadonlyMap<string, string>;

/** By which channels workers cannot send, as the one that started last noted it. */
export async function readNotSetUp(db: Queryable): Promise<NotSetUp> {
  const { rows } = await db.query<{ kind: string; why: string }>({
    name: 'channels-not-set-up',
    text: 'select kind, why from channels_not_set_up',
  });
  return new Map(rows.map(({ kind, why }) => [kind, why]));
}

/** Notes by which channels the caller cannot send, in the place of what was noted before. One statement: nobody reads the half of it. */
export async function writeNotSetUp(db: Queryable, channels: NotSetUp): Promise<void> {
  await db.query(
    `with others as (delete from channels_not_set_up where kind <> all($1::text[]))
     insert into channels_not_set_up (kind, why) select * from unnest($1::text[], $2::text[])
     on conflict (kind) do update set why = excluded.why`,
    [[...channels.keys()], [...channels.values()]],
  );
}
