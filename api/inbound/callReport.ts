import type { DeliveryReport } from './deliveryReport.ts';

/** https://www.twilio.com/docs/voice/api/call-resource#call-status-values: the ends at which nobody has heard anything. */
const unheard = new Map([
  ['busy', 'the line was busy'],
  ['no-answer', 'nobody answered the telephone'],
  ['failed', 'the number could not be called'],
  ['canceled', 'the call was cancelled'],
]);

/** Reads the status call-back of a call, whose signature has been verified. A voicemail that took it is no delivery. @returns undefined when it is none */
export function parseCallReport(parameters: URLSearchParams): DeliveryReport | undefined {
  const providerId = parameters.get('CallSid');
  const status = parameters.get('CallStatus');
  if (providerId === null || status === null) return undefined;
  const why = unheard.get(status);
  if (why !== undefined) return { providerId, outcome: 'failed', detail: why };
  if (status !== 'completed') {
    return { providerId, outcome: 'underway', detail: `the call is ${status}` };
  }
  const by = parameters.get('AnsweredBy') ?? 'unknown';
  return by.startsWith('machine') || by === 'fax'
    ? { providerId, outcome: 'failed', detail: 'voicemail took the call' }
    : { providerId, outcome: 'delivered', detail: 'somebody took the call' };
}
