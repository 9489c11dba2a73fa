import type { PolicyInput } from '../../domain/policy.ts';

/** A small organisation for tests: two resolvers and their lead, a service that pages and one that does not. */
export const testPolicy = {
  priority: {
    matrix: [
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 4],
    ],
  },
  calendars: {
    always: { always: true },
    office: {
      timeZone: 'Europe/Berlin',
      week: {
        monday: ['08:00-18:00'],
        tuesday: ['08:00-18:00'],
        wednesday: ['08:00-18:00'],
        thursday: ['08:00-18:00'],
        friday: ['08:00-18:00'],
      },
      holidays: ['12-25', '12-26'],
    },
  },
  serviceLevels: {
    standard: {
      respond: {
        1: { within: '15m', calendar: 'always' },
        2: { within: '30m', calendar: 'always' },
        3: { within: '4h', calendar: 'office' },
        4: { within: '8h', calendar: 'office' },
      },
      resolve: {
        1: { within: '4h', calendar: 'always' },
        2: { within: '8h', calendar: 'always' },
        3: { within: '20h', calendar: 'office' },
        4: { within: '50h', calendar: 'office' },
      },
      autoClose: { within: '5d', calendar: 'always' },
    },
  },
  holdReasons: { customer: { pausesResolve: true }, supplier: { pausesResolve: false } },
  people: {
    ann: { name: 'Ann', email: 'ann@example.org' },
    bob: { name: 'Bob', email: 'bob@example.org' },
    lea: { name: 'Lea', email: 'lea@example.org' },
    gone: { name: 'Gone', email: 'gone@example.org', active: false },
  },
  teams: {
    operations: { name: 'Operations', lead: 'lea', members: ['ann', 'bob'] },
    network: { name: 'Network', members: ['bob'] },
    empty: { name: 'Nobody yet', members: [] },
  },
  services: {
    shop: {
      name: 'Web shop',
      team: 'operations',
      serviceLevel: 'standard',
      escalation: 'standard',
    },
    wiki: { name: 'Wiki', team: 'operations', serviceLevel: 'standard' },
  },
  defaultService: 'shop',
  // Tests page the same people again and again.
  notificationLimit: { messages: 1_000 },
  escalations: {
    standard: {
      priorities: [1, 2],
      steps: [
        { to: [{ person: 'ann' }], wait: '5m' },
        { to: [{ team: 'operations' }], wait: '10m' },
      ],
      repeat: 1,
    },
  },
  alertmanager: {
    severities: {
      critical: { impact: 1, urgency: 1 },
      warning: { impact: 2, urgency: 2 },
    },
    defaultSeverity: { impact: 3, urgency: 3 },
  },
} satisfies PolicyInput;
