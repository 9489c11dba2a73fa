import { createHash } from 'node:crypto';
import { keep } from '../db/intakeKept.ts';
import type { Delivery } from '../db/intakeKept.ts';
import { countMails, findMail, lockMail, storeMail } from '../db/mails.ts';
import type { TakenMail } from '../db/mails.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { systemActor } from '../domain/actor.ts';
import type { Actor } from '../domain/actor.ts';
import { automaticBecause, isOurOwn } from '../domain/mail/automatic.ts';
import { readDeliveryStatus } from '../domain/mail/deliveryStatus.ts';
import type { IncomingMail } from '../domain/mail/mail.ts';
import { withoutQuotation } from '../domain/mail/quotation.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';
import { MINUTE } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { allowed } from './alertIncident.ts';
import { commitIn, openIn } from './commit.ts';
import { deliveryFailed } from './deliveryReports.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { addFiles, sortFiles } from './mailFiles.ts';
import { bodyOf, MAX_MAIL_TEXT, senderLine, titleOf } from './mailTexts.ts';
import { sentMessage } from './messageId.ts';
import { personOf, speakerOf, spokenOf } from './mailThread.ts';

/** By what the Message-IDs of our messages are known. */
export interface OwnMessageIds {
  /** On their right-hand side. */
  readonly host: string;
  /** PROVISOR_SECRET, and the one before it. */
  readonly secrets: readonly string[];
}

/** A mail as it came and as it was read. */
export interface ArrivedMail {
  readonly mail: IncomingMail;
  /** All its bytes. */
  readonly original: Buffer;
  /** What is kept of it when it opens nothing. */
  readonly delivery: Delivery;
}

export type MailTaken = TakenMail | { readonly outcome: 'refused'; readonly reason: string };

/** Everything that one mail is worked on with, in one transaction. */
interface Work extends ArrivedMail {
  readonly engine: Engine;
  readonly tx: Queryable;
  readonly policy: Policy;
  readonly host: string;
  readonly now: Instant;
}

/** Mail acts as an integration where no person of the policy sent it. */
export function mailActor(policy: Policy): Actor {
  const { organisation } = policy.body.intake.mail;
  return { kind: 'integration', id: 'mail', roles: ['integration'], organisation };
}

/** What makes it the same mail, whichever way it came: relays add to its header, and change nothing of these. */
function identityOf({ messageId, from, subject, text, headers }: IncomingMail): Buffer {
  const parts = [messageId ?? '', from ?? '', headers.get('date') ?? '', subject, text];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** Why a mail opens nothing: undefined for one that a person wrote. */
async function opensNothingBecause({
  tx,
  mail,
  policy,
  host,
  now,
}: Work): Promise<string | undefined> {
  if (isOurOwn(mail, host)) return 'it is a mail of ours that came back';
  const automatic = automaticBecause(mail);
  if (automatic !== undefined) return automatic;
  const { mostPerMinute } = policy.body.intake.mail;
  const lately = await countMails(tx, mail.from ?? '', { since: now - MINUTE });
  return lately >= mostPerMinute
    ? `its sender sent ${mostPerMinute} mails within a minute (intake.mail.mostPerMinute)`
    : undefined;
}

async function keepAutomatic(work: Work, reason: string): Promise<TakenMail> {
  const { tx, mail, policy, delivery, host, now } = work;
  const { id: integration, organisation } = mailActor(policy);
  const number = (await spokenOf(tx, mail, host))?.number ?? null;
  const kept = {
    ...delivery,
    integration,
    organisation,
    kind: 'automatic',
    reason,
    number,
  } as const;
  await keep(tx, kept, { count: 1, at: now });
  return { outcome: 'kept', number };
}

/** The whole mail, when its text does not say all that was written. */
function originalOf({ mail, original }: Work, text: string): Buffer | undefined {
  const isWhole = mail.isPlain && text === mail.text && text.length <= MAX_MAIL_TEXT;
  return isWhole ? undefined : original;
}

/** Adds a reply to the record that it belongs to. Undefined when its sender has nothing to do with that record. */
async function comment(
  work: Work,
  record: RecordState,
  person: string,
): Promise<TakenMail | undefined> {
  const { engine, tx, mail, now } = work;
  const { number } = record;
  const speaker = await speakerOf(tx, record, person);
  if (speaker === undefined) return undefined;
  const { actor, visibility } = speaker;
  const text = withoutQuotation(mail.text, number);
  const request = { actor, now };
  const { taken, left } = sortFiles(mail, originalOf(work, text), visibility);
  const refused = await addFiles(engine, tx, number, taken, request);
  const input = { text: bodyOf(text, { left: [...left, ...refused] }), visibility };
  allowed(
    await commitIn(engine, tx, number, 'comment', input, request),
    'add a mail to its record',
  );
  return { outcome: 'commented', number };
}

/** Opens an incident. @param spoken of a record to which its sender does not belong */
async function open(
  work: Work,
  person: string | undefined,
  spoken: string | undefined,
): Promise<TakenMail> {
  const { engine, tx, mail, policy, now } = work;
  const { service, severity, organisation } = policy.body.intake.mail;
  const actor: Actor =
    person === undefined
      ? mailActor(policy)
      : { kind: 'person', id: person, roles: ['requester'], organisation };
  const request = { actor, now };
  const visibility = person === undefined ? 'internal' : 'public';
  const { taken, left } = sortFiles(mail, originalOf(work, mail.text), visibility);
  const before = [
    ...(person === undefined ? [senderLine(mail)] : []),
    ...(spoken === undefined
      ? []
      : [`It speaks of ${spoken}, with which its sender has nothing to do.`]),
  ];
  const { impact, urgency } = severity ?? policy.body.alertmanager.defaultSeverity;
  const input = {
    title: titleOf(mail),
    description: bodyOf(mail.text, { before, left }),
    channel: 'mail',
    ...(service === undefined ? {} : { service }),
    ...{ impact, urgency },
  };
  const process = processOf(engine, 'incident');
  const { number } = allowed(
    await openIn(engine, tx, process, input, request),
    'open an incident for a mail',
  );
  // Integrations add no files by themselves: what came with a mail is added for it.
  const adder = person === undefined ? systemActor(actor.id, organisation) : actor;
  await addFiles(engine, tx, number, taken, { actor: adder, now });
  return { outcome: 'opened', number };
}

/** A message of ours that did not arrive, as a mail server reports it (RFC 3464). Whoever was not sent it cannot name it. */
function bounceOf({ files, references }: IncomingMail, { host, secrets }: OwnMessageIds) {
  const report = files.find(({ mediaType }) => mediaType === 'message/delivery-status');
  const status = report && readDeliveryStatus(Buffer.from(report.content).toString('utf8'));
  const key = references
    .map((id) => sentMessage(id, host, secrets))
    .find((found) => found !== undefined);
  if (status?.action !== 'failed' || key === undefined) return undefined;
  return { effectKey: key, reason: status.reason, certain: true };
}

async function decide(work: Work): Promise<MailTaken> {
  const { tx, mail, policy, host } = work;
  const automatic = await opensNothingBecause(work);
  if (automatic !== undefined) return keepAutomatic(work, automatic);
  const person = personOf(policy, mail.from);
  if (person === undefined && policy.body.intake.mail.unknownSender === 'refuse') {
    return { outcome: 'refused', reason: 'nobody with your address is known here' };
  }
  const spoken = await spokenOf(tx, mail, host);
  const commented =
    spoken === undefined || person === undefined ? undefined : await comment(work, spoken, person);
  return commented ?? open(work, person, spoken?.number);
}

export type MailIntake = (arrived: ArrivedMail) => Promise<MailTaken>;

/**
 * Takes in mail, each once: new mail opens an incident, a reply comments on its record, what programs send is kept, and the report of a mail of ours
 * that did not arrive marks it failed. All of one mail is one transaction, so that it may be answered 250 after it.
 * @throws IntakeRefused when a rule stands against it: nothing was changed, and it must be kept
 */
export function createMailIntake(engine: Engine, own: OwnMessageIds): MailIntake {
  return async (arrived) => {
    const { mail } = arrived;
    const hash = identityOf(mail);
    const bounce = bounceOf(mail, own);
    // Before the mail is remembered: a fault between the two repeats it, and the same report again changes nothing.
    if (bounce !== undefined) await deliveryFailed(engine, bounce);
    const taken = await inTransaction(engine.pool, async (tx) => {
      await lockMail(tx, hash);
      const before = await findMail(tx, hash);
      if (before !== undefined) return { ...before, isNew: false };
      const now = engine.clock();
      const policy = await engine.policies.active(tx);
      const work = { ...arrived, engine, tx, policy, host: own.host, now };
      const decided = await decide(work);
      if (decided.outcome === 'refused') return { ...decided, isNew: false };
      const outcome = bounce === undefined ? decided.outcome : 'reported';
      const { messageId, from: sender = '' } = mail;
      await storeMail(tx, { hash, sender, messageId, outcome, number: decided.number }, now);
      return { outcome, number: decided.number, isNew: true };
    });
    if (taken.isNew) engine.onWake();
    return taken;
  };
}
