import { diffPolicies } from './policyDiff.ts';

test('a policy does not differ from itself, nor from one whose keys stand in another order', () => {
  expect(diffPolicies({ a: { b: 1, c: [1] } }, { a: { c: [1], b: 1 } })).toEqual([]);
});

test('each place is named, with what stood and what stands there', () => {
  const before = { levels: { gold: { within: '4h' }, silver: { within: '8h' } } };
  const after = { levels: { gold: { within: '2h' }, bronze: { within: '3d' } } };
  expect(diffPolicies(before, after)).toEqual([
    { pointer: '/levels/gold/within', kind: 'changed', from: '4h', to: '2h' },
    { pointer: '/levels/silver', kind: 'removed', from: { within: '8h' } },
    { pointer: '/levels/bronze', kind: 'added', to: { within: '3d' } },
  ]);
});

test('a matrix is compared cell by cell, a list that grew is told whole', () => {
  expect(
    diffPolicies(
      {
        m: [
          [1, 2],
          [3, 4],
        ],
      },
      {
        m: [
          [1, 2],
          [3, 3],
        ],
      },
    ),
  ).toEqual([{ pointer: '/m/1/1', kind: 'changed', from: 4, to: 3 }]);
  expect(diffPolicies({ members: ['ann'] }, { members: ['ann', 'bob'] })).toEqual([
    { pointer: '/members', kind: 'changed', from: ['ann'], to: ['ann', 'bob'] },
  ]);
});

test('another kind of value is a change, and a name with a slash is escaped', () => {
  expect(diffPolicies({ 'a/b': { c: 1 } }, { 'a/b': [1] })).toEqual([
    { pointer: '/a~1b', kind: 'changed', from: { c: 1 }, to: [1] },
  ]);
});

test('a name that every object has is a name like any other', () => {
  expect(diffPolicies({}, { toString: 1 })).toEqual([
    { pointer: '/toString', kind: 'added', to: 1 },
  ]);
});
