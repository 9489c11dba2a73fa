import { joinFigures, noFigures, reportCsv } from './report.ts';
import type { Report } from './report.ts';

test('groups are joined by name, in order; what a part does not know is nothing', () => {
  const joined = joinFigures([
    new Map([
      ['b', { resolved: 2 }],
      [null, { resolved: 3 }],
    ]),
    new Map([['a', { opened: 1 }]]),
  ]);
  expect(joined.groups).toEqual([
    { ...noFigures, group: 'a', opened: 1 },
    { ...noFigures, group: 'b', resolved: 2 },
  ]);
  expect(joined.total).toEqual({ ...noFigures, resolved: 3 });
});

const report: Report = {
  ...{ process: 'incident', from: 0, to: 1, at: 2, by: 'team' },
  groups: [{ ...noFigures, group: '=cmd', opened: 7 }],
  total: { ...noFigures, opened: 9 },
};

test('the CSV has a header, a line a group, and no total to be summed up twice', () => {
  const lines = reportCsv(report).split('\r\n');
  expect(lines).toHaveLength(3);
  const head = lines[0]!.split(',');
  expect(head.slice(0, 3)).toEqual(['group', 'backlog.count', 'backlog.medianAgeMs']);
  const cells = lines[1]!.split(',');
  expect(cells).toHaveLength(head.length);
  expect(cells[0]).toBe("'=cmd");
  expect(cells[head.indexOf('opened')]).toBe('7');
});

test('without groups the CSV has the total', () => {
  const [head, line] = reportCsv({ ...report, by: 'none', groups: [] }).split('\r\n');
  expect(line!.split(',')[head!.split(',').indexOf('opened')]).toBe('9');
});
