import { oneLine } from '../html.ts';
import { mendText } from '../text.ts';

/** What a mail server reports of a mail that it could not deliver. */
export interface DeliveryStatus {
  /** `failed`: it gave up. `delayed`: it goes on trying. `other`: delivered, relayed, expanded. */
  readonly action: 'failed' | 'delayed' | 'other';
  /** One line for people: status and what the receiver's server said. */
  readonly reason: string;
}

const LONGEST = 300;
/** More than a server says of one recipient, in UTF-16 units: what is behind it is not looked at. */
const MOST_READ = 64 * 1024;

/** The fields of each group (RFC 3464, 2.1: groups are parted by empty lines), folded lines joined. */
function groupsOf(report: string): ReadonlyMap<string, string>[] {
  return report
    .split(/\r?\n[ \t]*\r?\n/)
    .map(
      (group) =>
        new Map(
          group
            .replace(/\r?\n[ \t]+/g, ' ')
            .split(/\r?\n/)
            .flatMap((line): [string, string][] => {
              const colon = line.indexOf(':');
              return colon < 1
                ? []
                : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
            }),
        ),
    )
    .filter(({ size }) => size > 0);
}

/** `smtp; 550 no such user` without its type. */
function value(field: string | undefined): string | undefined {
  return field?.replace(/^[\w-]+;\s*/, '');
}

/** Reads the `message/delivery-status` part of a report (RFC 3464). Undefined when it tells of no recipient. */
export function readDeliveryStatus(report: string): DeliveryStatus | undefined {
  const recipients = groupsOf(report.slice(0, MOST_READ)).filter((group) => group.has('action'));
  const failed = recipients.find((group) => /^failed\b/i.test(group.get('action') ?? ''));
  const told = failed ?? recipients[0];
  if (told === undefined) return undefined;
  const words = [told.get('status'), value(told.get('diagnostic-code'))].filter(
    (word) => word !== undefined && word !== '',
  );
  const action = told.get('action')?.toLowerCase() ?? '';
  return {
    action: failed !== undefined ? 'failed' : action.startsWith('delayed') ? 'delayed' : 'other',
    reason: mendText(oneLine(`returned by a mail server: ${words.join(' ')}`).slice(0, LONGEST)),
  };
}
