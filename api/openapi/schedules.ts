import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import {
  calendarAddress,
  createdFeed,
  deletedSchedule,
  fairnessView,
  feedView,
  importPreview,
  madeOverride,
  newOverride,
  newSwap,
  onCallList,
  onCallView,
  overrideView,
  scheduleDefinition,
  scheduleSummary,
  scheduleVersionView,
  scheduleView,
  shiftsView,
  swapView,
} from '../contract.ts';
import {
  etagHeader,
  json,
  listing,
  locationHeader,
  ofBody,
  operation,
  paging,
  reading,
  repeatable,
} from './parts.ts';

const tag = 'schedules';
const desk = 'Roles: agent, resolver, manager, admin.';
const managers = 'Roles: manager, admin.';

const path = z.object({ id: z.string().meta({ example: 'desk' }) });
const moment = (description: string) => z.string().optional().meta({ description });
const window = z.object({
  from: moment('A date (UTC) or a moment; default: now.'),
  to: moment('It is not part of the window.'),
});
const ifMatch = z.object({
  'If-Match': z.string().optional().meta({
    description:
      'The ETag that you saw: when the schedule has changed since, nothing happens (412).',
  }),
});
const written = { ...json(scheduleDefinition), required: true };

const schedules: ZodOpenApiPathsObject = {
  '/api/v1/schedules': {
    get: listing(
      {
        id: 'scheduleList',
        tag,
        summary: 'All schedules: who is on call now, the next hand-over, the next gap',
        description: desk,
      },
      scheduleSummary,
      '403',
    ),
    post: operation(
      {
        id: 'scheduleCreate',
        tag,
        summary: 'Make a schedule',
        description: `${managers} The body is a definition and the \`id\` by which policies mean it.`,
        header: repeatable,
        body: written,
      },
      {
        '201': {
          description: 'Made.',
          headers: { ...etagHeader, ...locationHeader },
          ...json(scheduleView),
        },
      },
      '400',
      '403',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/schedules/{id}': {
    get: operation(
      {
        id: 'scheduleShow',
        tag,
        summary: 'One schedule, its calendar, and what is wrong with it',
        description: desk,
        path,
        header: z.object({ 'If-None-Match': z.string().optional() }),
      },
      {
        '200': { description: 'The schedule.', headers: etagHeader, ...json(scheduleView) },
        '304': { description: 'You have this version.' },
      },
      '403',
      '404',
    ),
    put: operation(
      {
        id: 'scheduleChange',
        tag,
        summary: 'Replace its definition',
        description: `${managers} The same definition again makes no version.`,
        path,
        header: ifMatch,
        body: written,
      },
      { '200': { description: 'As it stands.', headers: etagHeader, ...json(scheduleView) } },
      '400',
      '403',
      '404',
      '412',
      ...ofBody,
    ),
    delete: operation(
      {
        id: 'scheduleDelete',
        tag,
        summary: 'Delete it, with its overrides, swaps, calendar and feeds',
        description: `${managers} 409 while the policy in force names it, and where. Its versions stay.`,
        path,
        header: ifMatch,
      },
      { '200': { description: 'Deleted.', ...json(deletedSchedule) } },
      '403',
      '404',
      '409',
      '412',
    ),
  },
  '/api/v1/schedules/{id}/versions': {
    get: listing(
      {
        id: 'scheduleVersions',
        tag,
        summary: 'What it was, the newest first, also after it was deleted',
        description: desk,
        path,
      },
      scheduleVersionView,
      '403',
      '404',
    ),
  },
};

const onCall: ZodOpenApiPathsObject = {
  '/api/v1/on-call': {
    get: reading(
      {
        id: 'onCall',
        tag,
        summary: 'Who is on call, in all schedules',
        description: desk,
        query: z.object({
          at: moment('A date (UTC) or a moment; default: now.'),
          person: z.string().optional().meta({ description: 'Only where this person is on call.' }),
        }),
      },
      'Who is on call.',
      onCallList,
      '400',
      '403',
    ),
  },
  '/api/v1/schedules/{id}/on-call': {
    get: reading(
      {
        id: 'scheduleOnCall',
        tag,
        summary: 'Who is on call, and why',
        description: desk,
        path,
        query: z.object({ at: moment('A date (UTC) or a moment; default: now.') }),
      },
      'Who is on call.',
      onCallView,
      '400',
      '403',
      '404',
    ),
  },
  '/api/v1/schedules/{id}/shifts': {
    get: reading(
      {
        id: 'scheduleShifts',
        tag,
        summary: 'Shifts with gaps and overlaps, of at most 180 days; 28 unless told otherwise',
        description: desk,
        path,
        query: window,
      },
      'Shifts.',
      shiftsView,
      '400',
      '403',
      '404',
    ),
  },
  '/api/v1/schedules/{id}/fairness': {
    get: reading(
      {
        id: 'scheduleFairness',
        tag,
        summary:
          'Nights, weekends and holidays a person, of at most 366 days; 90 unless told otherwise',
        description: desk,
        path,
        query: window.extend({
          calendar: z
            .string()
            .optional()
            .meta({ description: 'The calendar of the policy whose holidays count.' }),
        }),
      },
      'What it asks of each person.',
      fairnessView,
      '400',
      '403',
      '404',
    ),
  },
};

const overrides: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/overrides': {
    get: listing(
      {
        id: 'overrideList',
        tag,
        summary: 'Exceptions that have not ended, the latest made first',
        description: desk,
        path,
        query: paging.extend({ from: moment('Those that end behind it; default: now.') }),
      },
      overrideView,
      '403',
      '404',
    ),
    post: operation(
      {
        id: 'overrideMake',
        tag,
        summary: 'Add, remove or replace somebody for a time',
        description: `${desk} Managers may override anything, everybody else their own time on call.`,
        path,
        header: repeatable,
        body: { required: true, ...json(newOverride) },
      },
      { '201': { description: 'Made.', headers: locationHeader, ...json(madeOverride) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
  },
  '/api/v1/schedules/{id}/overrides/{override}': {
    delete: operation(
      {
        id: 'overrideWithdraw',
        tag,
        summary: 'Withdraw an override: what it did until now stays',
        description: `${desk} For managers and for who made it.`,
        path: path.extend({ override: z.string() }),
      },
      { '200': { description: 'Withdrawn.', ...json(overrideView) } },
      '403',
      '404',
      '409',
    ),
  },
};

const swapPath = z.object({ swap: z.string() });

function answer(command: string, summary: string): ZodOpenApiOperationObject {
  return operation(
    { id: `swap${command}`, tag, summary, description: desk, path: swapPath, header: repeatable },
    { '200': { description: 'As it is now.', ...json(swapView) } },
    '400',
    '403',
    '404',
    '409',
    '422',
  );
}

const swaps: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/swaps': {
    get: listing(
      { id: 'swapList', tag, summary: 'Swaps, the latest first', description: desk, path },
      swapView,
      '403',
      '404',
    ),
    post: operation(
      {
        id: 'swapAsk',
        tag,
        summary: 'Ask somebody to take your shifts, for nothing or in return for theirs',
        description: `${desk} Managers may ask for others.`,
        path,
        header: repeatable,
        body: { required: true, ...json(newSwap) },
      },
      { '201': { description: 'Asked.', headers: locationHeader, ...json(swapView) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
  },
  '/api/v1/swaps/{swap}': {
    get: reading(
      { id: 'swapShow', tag, summary: 'One swap', description: desk, path: swapPath },
      'The swap.',
      swapView,
      '403',
      '404',
    ),
  },
  '/api/v1/swaps/{swap}/accept': {
    post: answer('Accept', 'Take the shifts: for who was asked; overrides carry it out at once'),
  },
  '/api/v1/swaps/{swap}/decline': { post: answer('Decline', 'Say no: for who was asked') },
  '/api/v1/swaps/{swap}/withdraw': {
    post: answer('Withdraw', 'Ask no longer: for who asked, and managers'),
  },
};

const calendarBody = {
  required: true,
  content: {
    'text/calendar': { schema: { type: 'string' as const } },
    'application/json': { schema: calendarAddress },
  },
};

const imports: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/imports': {
    post: operation(
      {
        id: 'calendarImport',
        tag,
        summary: 'Take the shifts of an iCalendar file, or of an address that is asked every hour',
        description: `${managers} It stands above the layers, in place of the calendar before it. At most 2 MiB and 10,000 events. With one fault nothing is taken: each is named by its line and UID.`,
        path,
        header: repeatable,
        body: calendarBody,
      },
      { '201': { description: 'Imported.', ...json(importPreview) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
    delete: operation(
      {
        id: 'calendarRemove',
        tag,
        summary: 'Take the calendar off the schedule',
        description: managers,
        path,
      },
      { '200': { description: 'Removed.', ...json(path) } },
      '403',
      '404',
    ),
  },
  '/api/v1/schedules/{id}/imports/check': {
    post: operation(
      {
        id: 'calendarCheck',
        tag,
        summary: 'What an import would bring, without a change',
        description: managers,
        path,
        header: repeatable,
        body: calendarBody,
      },
      { '200': { description: 'What it would bring.', ...json(importPreview) } },
      '400',
      '403',
      '404',
      ...ofBody,
    ),
  },
};

function feedsOf(whose: 'schedule' | 'person', description: string) {
  return {
    get: listing(
      {
        id: `${whose}FeedList`,
        tag,
        summary: `Feeds of a ${whose}, without their addresses`,
        description,
        path,
      },
      feedView,
      '403',
    ),
    post: operation(
      {
        id: `${whose}FeedCreate`,
        tag,
        summary: `Make an address at which calendars subscribe to the shifts of a ${whose}`,
        description: `${description} Whoever has the address can read.`,
        path,
        header: repeatable,
      },
      {
        '201': {
          description: 'Made; the address is shown this once.',
          headers: locationHeader,
          ...json(createdFeed),
        },
      },
      '400',
      '403',
      '404',
      '422',
    ),
  };
}

const feeds: ZodOpenApiPathsObject = {
  '/api/v1/schedules/{id}/feeds': feedsOf('schedule', desk),
  '/api/v1/people/{id}/feeds': feedsOf('person', `${desk} For the person, and managers.`),
  '/api/v1/feeds/{feed}': {
    delete: operation(
      {
        id: 'feedRevoke',
        tag,
        summary: 'Revoke a feed for good',
        description: `${desk} For who made it, whose shifts it shows, and managers.`,
        path: z.object({ feed: z.string() }),
      },
      { '200': { description: 'Revoked.', ...json(feedView) } },
      '403',
      '404',
    ),
  },
  '/calendars/{token}.ics': {
    get: {
      operationId: 'calendar',
      summary: 'A feed, for calendar programs: the token is its key',
      description: 'From 30 days ago to 120 days ahead (iCalendar, RFC 5545).',
      tags: [tag],
      security: [],
      requestParams: {
        path: z.object({ token: z.string() }),
        header: z.object({ 'If-None-Match': z.string().optional() }),
      },
      responses: {
        '200': {
          description: 'The shifts.',
          content: { 'text/calendar': { schema: { type: 'string' } } },
        },
        '304': { description: 'Nothing has changed.' },
        '404': { description: 'It was revoked, or never was.' },
      },
    },
  },
};

/** On-call schedules and what belongs to them. */
export const schedulePaths: ZodOpenApiPathsObject = {
  ...schedules,
  ...onCall,
  ...overrides,
  ...swaps,
  ...imports,
  ...feeds,
};
