import { csvCell } from './csv.ts';

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
  'a cell that a spreadsheet would compute is text: %j',
  (text) => {
    expect(csvCell(text).replace(/^"/, '')).toBe(`'${text}${/[\r]/.test(text) ? '"' : ''}`);
  },
);

test('quotes, commas and line breaks stay inside their cell', () => {
  expect(csvCell('a "b", c\r\nd')).toBe('"a ""b"", c\r\nd"');
  expect(csvCell('=HYPERLINK("x","y")')).toBe(`"'=HYPERLINK(""x"",""y"")"`);
  expect([csvCell(null), csvCell(0), csvCell('plain')]).toEqual(['', '0', 'plain']);
});
