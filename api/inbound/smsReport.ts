import type { DeliveryReport } from './deliveryReport.ts';

/** https://www.twilio.com/docs/messaging/guides/track-outbound-message-status; states that are not here pass by on the way. */
const outcomes = new Map<string, DeliveryReport['outcome']>([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['undelivered', 'failed'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
]);

/** https://www.twilio.com/docs/api/errors */
const reasons = new Map([
  ['21610', 'the person has unsubscribed with STOP'],
  ['30003', 'the telephone is off or out of reach'],
  ['30004', 'the person or the carrier blocks it'],
  ['30005', 'the number does not exist'],
  ['30006', 'the number takes no SMS'],
  ['30007', 'the carrier filtered it as spam'],
]);

/** Reads the status call-back of an SMS, whose signature has been verified. @returns undefined when it is none */
export function parseSmsReport(parameters: URLSearchParams): DeliveryReport | undefined {
  const providerId = parameters.get('MessageSid');
  const status = parameters.get('MessageStatus');
  if (providerId === null || status === null) return undefined;
  const outcome = outcomes.get(status) ?? 'underway';
  const code = parameters.get('ErrorCode') ?? '';
  const reason = reasons.get(code) ?? (code === '' ? undefined : `error ${code}`);
  const detail = reason === undefined ? `the SMS is ${status}` : `the SMS is ${status}: ${reason}`;
  const to = parameters.get('To');
  const optedOut = code === '21610' && to !== null ? { optedOut: to } : {};
  return { providerId, outcome, detail, ...optedOut };
}
