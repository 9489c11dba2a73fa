import type { ChannelKind } from '../channelKinds.ts';
import type { Instant } from '../time.ts';
import type { ContactMethod } from './contactMethod.ts';
import { afterQuietHours } from './rules.ts';
import type { NotificationRules, Urgency } from './rules.ts';

/** A message to one person by one method, to be sent at an instant unless it is answered before. */
export interface PlannedNotification {
  readonly method: string;
  readonly kind: ChannelKind;
  readonly at: Instant;
  /** False only where the person has no method that can be sent by. */
  readonly setUp: boolean;
  /** The place in the person's rules, such as `interrupting.1`; `default` when all verified methods are used. */
  readonly why: string;
}

export interface SkippedMethod {
  readonly method: string;
  /** `notSetUp`: the installation has no settings for its channel. */
  readonly why: 'unverified' | 'disabled' | 'unknown' | 'notSetUp';
}

/** How one person is reached. */
export interface NotificationPlan {
  readonly notifications: readonly PlannedNotification[];
  readonly skipped: readonly SkippedMethod[];
}

/** Whether any of it can be sent. If not, the person is unreachable, and counts as nobody for an escalation's step. */
export function isReachable({ notifications }: NotificationPlan): boolean {
  return notifications.some(({ setUp }) => setUp);
}

function whySkipped(method: ContactMethod | undefined): SkippedMethod['why'] | undefined {
  if (method === undefined) return 'unknown';
  if (!method.enabled) return 'disabled';
  if (!method.verified) return 'unverified';
  return method.setUp ? undefined : 'notSetUp';
}

/** What is to be used of a list of methods, in order, and what cannot be. */
function usable(
  wanted: readonly { readonly method: string; readonly after: number; readonly why: string }[],
  methods: readonly ContactMethod[],
) {
  const found = wanted.map((rule) => {
    const method = methods.find(({ id }) => id === rule.method);
    return { ...rule, found: method, skipped: whySkipped(method) };
  });
  const those = (why: SkippedMethod['why'] | undefined) =>
    found.flatMap(({ found: method, skipped, ...rule }) =>
      method === undefined || skipped !== why
        ? []
        : [{ ...rule, kind: method.kind, setUp: method.setUp }],
    );
  return {
    used: those(undefined),
    notSetUp: those('notSetUp'),
    skipped: found.flatMap(({ method, skipped }) =>
      skipped === undefined ? [] : [{ method, why: skipped }],
    ),
  };
}

/**
 * When a person is reached by which method. The first method that can be used takes the time of the first of the rule, and those after it keep
 * their distance. Without a rule, and where none of a rule's methods can be used, all verified methods are used at once. Where that fails because channels
 * are not set up, those are planned all the same: the ledger then says what to set, and the message can be sent again. A deferrable message waits for the
 * end of the quiet hours; the methods keep their distance there too.
 * @param methods the person's own and those of the policy, in the person's order
 * @param rules undefined when the person has none
 */
export function planNotifications(
  methods: readonly ContactMethod[],
  rules: NotificationRules | undefined,
  urgency: Urgency,
  now: Instant,
): NotificationPlan {
  const rule = rules?.[urgency]?.map((entry, index) => ({ ...entry, why: `${urgency}.${index}` }));
  const all = methods.map(({ id }) => ({ method: id, after: 0, why: 'default' }));
  const byRule = usable(rule ?? [], methods);
  const byDefault = usable(all, methods);
  const used = [byRule.used, byDefault.used].find(({ length }) => length > 0) ?? byDefault.notSetUp;
  const skipped =
    byRule.used.length > 0 ? byRule.skipped : [...byRule.skipped, ...byDefault.skipped];
  const begins = byRule.used.length > 0 ? (rule?.[0]?.after ?? 0) : 0;
  const first = used[0]?.after ?? 0;
  const loud = (at: Instant) =>
    urgency === 'deferrable' && rules !== undefined ? afterQuietHours(rules, at) : at;
  const start = loud(now + begins);
  return {
    notifications: used.map(({ method, kind, setUp, after, why }) => ({
      method,
      kind,
      setUp,
      at: loud(start + after - first),
      why,
    })),
    skipped: [...new Map(skipped.map((one) => [one.method, one])).values()],
  };
}
