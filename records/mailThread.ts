import { recordOfMails, wasMailed } from '../db/mails.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Actor } from '../domain/actor.ts';
import type { IncomingMail } from '../domain/mail/mail.ts';
import { referredRecord } from '../domain/mail/thread.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';

/** The active person of the policy who has an address; undefined when nobody has it, or several have. */
export function personOf(policy: Policy, address: string | undefined): string | undefined {
  const found = Object.entries(policy.body.people).filter(
    ([, { email, active }]) => active && email !== undefined && email.toLowerCase() === address,
  );
  return found.length === 1 ? found[0]?.[0] : undefined;
}

/** The record that a mail speaks of, whoever sent it; locked until the transaction ends. */
export async function spokenOf(
  tx: Queryable,
  mail: IncomingMail,
  host: string,
): Promise<RecordState | undefined> {
  const number = referredRecord(mail, host) ?? (await recordOfMails(tx, mail.references));
  return number === undefined ? undefined : (await lockRecord(tx, number))?.record;
}

function names(value: unknown, person: string): boolean {
  return Array.isArray(value) ? value.includes(person) : value === person;
}

/**
 * As whom a person's mail is added to a record: undefined when they have nothing to do with it, for the id of a thread can be guessed. Those who asked
 * for it or follow it are heard by all; what others write, who may have answered a message that is not for the requester, stays inside.
 */
export async function speakerOf(
  tx: Queryable,
  { number, organisation, fields }: RecordState,
  person: string,
): Promise<{ actor: Actor; visibility: 'public' | 'internal' } | undefined> {
  const { requester, watchers, assignee, commander } = fields;
  const by = (role: 'requester' | 'agent'): Actor => ({
    ...{ kind: 'person', id: person, organisation },
    roles: [role],
  });
  if (names(assignee, person) || names(commander, person)) {
    return { actor: by('agent'), visibility: 'internal' };
  }
  if (names(requester, person)) return { actor: by('requester'), visibility: 'public' };
  if (names(watchers, person)) return { actor: by('agent'), visibility: 'public' };
  const isTold = await wasMailed(tx, number, person);
  return isTold ? { actor: by('agent'), visibility: 'internal' } : undefined;
}
