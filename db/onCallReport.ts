import type { PagedOrAnswered } from '../domain/onCallReport.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What answers a page, as everywhere: a person acknowledged, began to work, or resolved. */
const answers = ['acknowledged', 'started', 'resolved'];

/** The pages of all records that paged somebody in [from, to), and what people answered, from each record's first page in it on; by record, in order. */
export async function pagesAndAnswers(
  db: Queryable,
  from: Instant,
  to: Instant,
): Promise<PagedOrAnswered[]> {
  const { rows } = await db.query<{
    number: string;
    at: Date;
    person: string | null;
    people: string[] | null;
    escalation: string | null;
  }>(
    `with paged as materialized (
       select number, min(seq) as seq from events
       where type = 'paged' and at >= $1::timestamptz and at < $2::timestamptz group by number)
     select e.number, e.at, e.data -> 'people' as people, e.data ->> 'escalation' as escalation,
       case when e.type <> 'paged' then e.actor_id end as person
     from paged p join events e on e.number = p.number and e.seq >= p.seq
     where e.type = 'paged' or (e.type = any($3::text[]) and e.actor_kind = 'person')
     order by e.number, e.seq`,
    [toIso(from), toIso(to), answers],
  );
  return rows.map(({ number, at, person, people, escalation }) => ({
    number,
    at: at.getTime(),
    what:
      person === null
        ? { kind: 'paged', people: people ?? [], escalation: escalation ?? '' }
        : { kind: 'answered', person },
  }));
}
