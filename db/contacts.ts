import { notificationRulesSchema } from '../domain/notification/rules.ts';
import type { NotificationRules } from '../domain/notification/rules.ts';
import type { Queryable } from './pool.ts';

/** How one person can be reached, as planning needs it: no address. */
export interface PersonContacts {
  /** In the order in which they were added. */
  readonly methods: readonly {
    readonly id: string;
    readonly kind: string;
    readonly verified: boolean;
    readonly enabled: boolean;
  }[];
  /** Undefined when the person wrote none, or ones that this version cannot read: then all methods are used. */
  readonly rules: NotificationRules | undefined;
}

/** The contact methods and rules of these people: one round trip, for commits wait for it. */
export async function loadContacts(
  db: Queryable,
  people: readonly string[],
): Promise<Map<string, PersonContacts>> {
  const { rows } = await db.query<{
    person: string;
    methods: PersonContacts['methods'];
    rules: unknown;
  }>({
    name: 'contacts',
    text: `select p.person, r.rules, coalesce((
        select json_agg(json_build_object('id', m.id, 'kind', m.kind, 'verified', m.verified_at is not null, 'enabled', m.disabled_at is null)
          order by m.created_at, m.id)
        from contact_methods m where m.person = p.person), '[]') as methods
      from unnest($1::text[]) as p(person) left join notification_rules r using (person)`,
    values: [people],
  });
  return new Map(
    rows.map(({ person, methods, rules }) => {
      const parsed = notificationRulesSchema.safeParse(rules);
      return [person, { methods, rules: parsed.success ? parsed.data : undefined }];
    }),
  );
}
