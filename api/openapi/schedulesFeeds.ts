import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { createdFeed, feedView } from '../contract.ts';
import { json, listing, locationHeader, operation, repeatable } from './parts.ts';
import { desk, path, tag } from './scheduleParts.ts';

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

/** Calendars that go out. */
export const scheduleFeedPaths: ZodOpenApiPathsObject = {
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
