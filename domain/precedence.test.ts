import { precedence, urgencyOf } from './precedence.ts';

test('what is worth waking somebody goes before everything else, whatever the priority of its record', () => {
  const priorities = [1, 2, 3, 4, 5, null];
  const last = Math.max(...priorities.map((priority) => precedence(priority, 'interrupting')));
  const first = Math.min(...priorities.map((priority) => precedence(priority, 'deferrable')));
  expect(last).toBeLessThan(first);
});

test('of what is worth waking somebody a priority 1 goes first', () => {
  expect(precedence(1, 'interrupting')).toBeLessThan(precedence(2, 'interrupting'));
});

test('of ordinary work the lower priorities go last', () => {
  expect(precedence(4, 'deferrable')).toBeGreaterThan(precedence(3, 'deferrable'));
  expect(precedence(5, 'deferrable')).toBeGreaterThan(precedence(4, 'deferrable'));
});

test('everything has a place that Temporal knows: 1 to 5', () => {
  expect(precedence(99, 'deferrable')).toBe(5);
  expect(precedence(null, 'interrupting')).toBe(2);
});

test.each(['escalation', 'advance', 'release'] as const)(
  '"%s" leads to pages, and is as urgent as they are',
  (kind) => {
    expect(urgencyOf({ kind })).toBe('interrupting');
  },
);

test('a message is as urgent as it says, and one that says nothing can wait', () => {
  expect(urgencyOf({ kind: 'notification', urgency: 'interrupting' })).toBe('interrupting');
  expect(urgencyOf({ kind: 'notification', urgency: null })).toBe('deferrable');
  expect(urgencyOf({ kind: 'update' })).toBe('deferrable');
});
