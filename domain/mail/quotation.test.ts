import fc from 'fast-check';
import { withoutQuotation } from './quotation.ts';

const cut = (...lines: string[]): string => withoutQuotation(lines.join('\n'), 'INC-7');

describe('history is cut', () => {
  test.each<[string, string[]]>([
    ['a block of quoted lines at the end', ['Thanks', '', '> it is open', '> since']],
    [
      'with the line that introduces it',
      ['Thanks', '', 'On 2 Mar 2026 at 09:00, Desk wrote:', '> it is open'],
    ],
    ['in any language', ['Thanks', '', 'Am 2. März 2026 um 09:00 schrieb Desk:', '> it is open']],
    [
      'broken in two',
      [
        'Thanks',
        '',
        'On Mon, 2 Mar 2026 at 09:00 Provisor Service Desk <',
        'desk@example.org> wrote:',
        '',
        '> it is open',
      ],
    ],
    ['without a line between', ['Thanks', 'On 2 Mar 2026 at 09:00, Desk wrote:', '> it is open']],
    [
      'a header of our mail',
      [
        'Thanks',
        '',
        'From: Desk <desk@example.org>',
        'Sent: Monday',
        'To: Ann',
        'Subject: [INC-7] opened',
        '',
        'It is open',
      ],
    ],
    [
      'a header in another language below a rule',
      [
        'Thanks',
        '________________________________',
        'Von: Desk',
        'Gesendet: Montag',
        'An: Ann',
        'Betreff: AW: [INC-7] opened',
        'It is open',
      ],
    ],
  ])('%s', (_what, lines) => {
    expect(cut(...lines)).toBe('Thanks');
  });
});

describe('the text stays whole', () => {
  test.each<[string, string[]]>([
    ['without history', ['Thanks', 'Ann']],
    ['when something is written below the quotation', ['> is it on?', 'Yes']],
    [
      'when the answers stand between the quoted lines',
      ['> is it on?', 'Yes', '> and now?', 'No', '> bye'],
    ],
    ['when nothing else would stay', ['On 2 Mar 2026, Desk wrote:', '> it is open']],
    [
      'when a header is of another mail',
      ['See:', 'From: Bob', 'Sent: Monday', 'Subject: lunch', 'Soup'],
    ],
  ])('%s', (_what, lines) => {
    expect(cut(...lines)).toBe(lines.join('\n'));
  });
});

test("the writer's own line that ends in a colon stays", () => {
  expect(cut('The log says:', '> error 5')).toBe('The log says:');
});

test('whatever the text, what stays is its beginning', () => {
  const line = fc.constantFrom(
    '',
    '> a',
    'b:',
    'On 2 Mar 2026:',
    'Von: x',
    'Subject: [INC-7]',
    'c',
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join('\n');
      const left = withoutQuotation(text, 'INC-7');
      expect(text.trim().startsWith(left.trim())).toBe(true);
      expect(left.trim() === '').toBe(text.trim() === '');
    }),
  );
});

test('a line of a million dashes is no rule, and costs no more than another line', () => {
  const header = ['From: Desk', 'Sent: Monday', 'Subject: [INC-7] opened'];
  const dashes = `${'-'.repeat(1_000_000)}x`;
  expect(cut('Thanks', dashes, ...header)).toBe(`Thanks\n${dashes}`);
});
