import { escalationOf, factsOf } from '../../test/helpers/escalation.ts';
import { fromIso, HOUR, MINUTE } from '../time.ts';
import { isAnswered, rePageAt } from './answer.ts';
import { nextStep, start } from './course.ts';
import type { Page } from './course.ts';
import type { Target } from './schema.ts';

function pageOf(to: Target[], acknowledgedBy: number, acknowledged: string[] = []): Page {
  const escalation = escalationOf({ steps: [{ to, wait: '5m', acknowledgedBy }] });
  const next = nextStep(escalation, start, factsOf({ acknowledged: new Set(acknowledged) }));
  if (next.kind !== 'page') throw new Error('nobody was paged');
  return next;
}

const operations: Target = { team: 'operations', roundRobin: false };

describe('a page', () => {
  test('that needs one acknowledgement is answered by anybody', () => {
    const page = pageOf([{ person: 'ann' }], 1);
    expect(isAnswered(page, [])).toBe(false);
    expect(isAnswered(page, ['lea'])).toBe(true);
  });

  test('that needs two is answered by two different people of it', () => {
    const page = pageOf([operations], 2);
    expect(isAnswered(page, ['ann'])).toBe(false);
    expect(isAnswered(page, ['ann', 'ann'])).toBe(false);
    expect(isAnswered(page, ['ann', 'lea'])).toBe(false);
    expect(isAnswered(page, ['ann', 'cem'])).toBe(true);
  });

  test('counts who acknowledged before it, but needs somebody after it', () => {
    expect(isAnswered(pageOf([operations], 1, ['ann']), [])).toBe(false);
    const page = pageOf([operations], 2, ['ann']);
    expect(isAnswered(page, [])).toBe(false);
    expect(isAnswered(page, ['ann'])).toBe(false);
    expect(isAnswered(page, ['bob'])).toBe(true);
  });

  test('to a channel, which anybody reads, counts everybody', () => {
    const page = pageOf([{ channel: 'ops' }], 2);
    expect(isAnswered(page, ['lea'])).toBe(false);
    expect(isAnswered(page, ['lea', 'zoe'])).toBe(true);
  });

  test('to fewer people than it needs still needs so many: who comes beside them is anybody', () => {
    const page = pageOf([{ person: 'ann' }], 2);
    expect(isAnswered(page, ['ann'])).toBe(false);
    expect(isAnswered(page, ['ann', 'ann'])).toBe(false);
    expect(isAnswered(page, ['ann', 'lea'])).toBe(true);
  });

  test('that can still be answered by those whom it needs is not answered by others', () => {
    expect(isAnswered(pageOf([operations], 2, ['ann', 'bob']), ['lea'])).toBe(false);
    expect(isAnswered(pageOf([operations], 3, ['ann', 'bob']), ['lea'])).toBe(false);
  });
});

describe('an acknowledgement that no work follows', () => {
  const acknowledged = fromIso('2026-11-23T03:00:00Z');
  const policy = { rePageAfter: 20 * MINUTE };

  test('is paged again after the time that the policy gives', () => {
    expect(rePageAt(policy, acknowledged, null)).toBe(acknowledged + 20 * MINUTE);
  });

  test('is not paged again when work began within that time', () => {
    expect(rePageAt(policy, acknowledged, acknowledged + 20 * MINUTE)).toBeUndefined();
  });

  test('is paged again though work began after that time', () => {
    expect(rePageAt(policy, acknowledged, acknowledged + HOUR)).toBe(acknowledged + 20 * MINUTE);
  });

  test('is left alone where the policy names no time', () => {
    expect(rePageAt({}, acknowledged, null)).toBeUndefined();
  });
});
