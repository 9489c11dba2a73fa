import { channelKinds } from '../channelKinds.ts';
import { addressFault } from './address.ts';

test.each([
  ['email', 'ann@example.org'],
  ['webhook', 'https://hooks.example.org/ann'],
  ['slack', 'U012AB3CD'],
  ['slack', 'W012AB3CD'],
  ['teams', 'https://prod.example.org/workflows/x'],
  ['mattermost', 'https://chat.example.org/hooks/x'],
  ['ntfy', 'ann_pages-7'],
  ['sms', '+491701234567'],
  ['voice', '+15550001111'],
] as const)('%s takes %s', (kind, address) => {
  expect(addressFault(kind, address)).toBeUndefined();
});

test.each([
  ['email', 'ann', 'must be a mail address'],
  ['email', 'ann@example.org\nbcc: x@example.org', 'must be a mail address'],
  ['webhook', 'file:///etc/passwd', 'must be an http or https address'],
  ['slack', 'C0123456', "must be a member's id"],
  ['slack', '@ann', "must be a member's id"],
  ['teams', 'ann', 'must be an http or https address'],
  ['mattermost', `https://chat.example.org/${'x'.repeat(2_000)}`, 'must have at most 2000'],
  ['ntfy', '../admin', 'must be a topic'],
  ['sms', '0170 1234567', 'must be a number with its country code'],
  ['voice', '+49', 'must be a number with its country code'],
] as const)('%s refuses %j', (kind, address, fault) => {
  expect(addressFault(kind, address)).toContain(fault);
});

test('no kind takes an empty address', () => {
  expect(channelKinds.filter((kind) => addressFault(kind, '') === undefined)).toEqual([]);
});
