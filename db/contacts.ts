import { notificationRulesSchema } from '../domain/notification/rules.ts';
import type { NotificationRules } from '../domain/notification/rules.ts';
import type { NotSetUp } from './channelSetup.ts';
import type { Queryable } from './pool.ts';

/** How one person can be reached. */
interface PersonContacts {
  /** In the order in which they were added. */
  readonly methods: readonly {
    readonly id: string;
    readonly kind: string;
    readonly verified: boolean;
    readonly enabled: boolean;
    readonly address: string;
    /** Why its provider says that it reaches nobody; null: it does not. */
    readonly disabledWhy: string | null;
  }[];
  /** Undefined when the person wrote none, or ones that this version cannot read: then all methods are used. */
  readonly rules: NotificationRules | undefined;
}

export interface LoadedContacts {
  readonly people: ReadonlyMap<string, PersonContacts>;
  readonly notSetUp: NotSetUp;
}

/** The contact methods and rules of these people, and which channels are not set up: one round trip, for commits wait for it. */
export async function loadContacts(
  db: Queryable,
  people: readonly string[],
): Promise<LoadedContacts> {
  const { rows } = await db.query<{
    person: string | null;
    methods: PersonContacts['methods'];
    rules: unknown;
    not_set_up: Readonly<Record<string, string>>;
  }>({
    name: 'contacts',
    // Not an array as parameter: PostgreSQL would plan for its length each time.
    text: `select p.person, r.rules,
      (select coalesce(json_object_agg(kind, why), '{}') from channels_not_set_up) as not_set_up,
      coalesce((
        select json_agg(json_build_object('id', m.id, 'kind', m.kind, 'verified', m.verified_at is not null, 'enabled', m.disabled_at is null,
            'address', m.address, 'disabledWhy', m.disabled_why)
          order by m.created_at, m.id)
        from contact_methods m where m.person = p.person), '[]') as methods
      from (values (true)) as also_of_nobody left join jsonb_array_elements_text($1::jsonb) as p(person) on true left join notification_rules r using (person)`,
    values: [JSON.stringify(people)],
  });
  const contacts = rows.flatMap(({ person, methods, rules }) => {
    const parsed = notificationRulesSchema.safeParse(rules);
    const own = { methods, rules: parsed.success ? parsed.data : undefined };
    return person === null ? [] : [[person, own] as const];
  });
  return {
    people: new Map(contacts),
    notSetUp: new Map(Object.entries(rows[0]?.not_set_up ?? {})),
  };
}
