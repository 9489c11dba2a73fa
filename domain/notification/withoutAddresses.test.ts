import { withoutAddresses } from './withoutAddresses.ts';

test.each([
  [
    '550 5.1.1 <ann@example.org>: Recipient address rejected',
    '550 5.1.1 <…>: Recipient address rejected',
  ],
  ["the number +491701234567 isn't valid", "the number … isn't valid"],
  ['https://hooks.example.org/secret/path says 404', 'https://hooks.example.org/… says 404'],
  ['250 2.0.0 Ok: queued as 4F2', '250 2.0.0 Ok: queued as 4F2'],
  ['sent together with INC-1/2/0', 'sent together with INC-1/2/0'],
])('an address that a receiver repeats is not shown: %s', (said, shown) => {
  expect(withoutAddresses(said)).toBe(shown);
});
