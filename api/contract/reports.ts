import { z } from 'zod';

const count = z.number().int();
const time = z.number().int().nullable().meta({ description: 'Milliseconds of real time.' });
const kept = z.object({ kept: count, missed: count, running: count });
const level = z.object({
  noted: kept.meta({ description: 'By the breaches that were noted, which stay for ever.' }),
  corrected: kept.meta({ description: 'By the clocks as they stand, after corrections.' }),
});
const spread = z.object({ count, medianMs: time, p90Ms: time });

const figures = z.object({
  backlog: z
    .object({ count, medianAgeMs: time, p90AgeMs: time, oldestAgeMs: time })
    .meta({ description: 'Open now, whatever the period.' }),
  opened: count.meta({ description: 'In the period; what follows is about these.' }),
  resolved: count.meta({ description: 'In the period, whenever they were opened.' }),
  cancelled: count,
  respond: level,
  resolve: level,
  acknowledge: spread.meta({ description: 'From the opening to the first answer of a person.' }),
  restore: spread.meta({ description: 'From the beginning of the fault until it was restored.' }),
  reopens: count,
  reassignments: count,
});

export const reportView = z
  .object({
    process: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    at: z.iso.datetime().meta({ description: 'What "now" is in it.' }),
    by: z.enum(['team', 'service', 'priority', 'none']),
    groups: z.array(figures.extend({ group: z.string() })),
    total: figures,
  })
  .meta({ id: 'Report' });
export type ReportView = z.infer<typeof reportView>;

const onCallFigures = z.object({
  pages: count.meta({ description: 'Steps of escalations that meant them, by however many ways.' }),
  nightPages: count.meta({ description: 'From 22:00 to 06:00 in the time zone.' }),
  weekendPages: count,
  pagesPerWeek: z.number(),
  acknowledge: spread.meta({
    description: 'The pages that they answered themselves: from the page to their answer.',
  }),
  answeredByOthers: count.meta({ description: 'They did not answer, and somebody else did.' }),
  unanswered: count.meta({ description: 'Nobody did.' }),
});

export const onCallReportView = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    timeZone: z.string(),
    people: z.array(onCallFigures.extend({ person: z.string() })),
    total: onCallFigures.meta({ description: 'A page to two people counts twice.' }),
  })
  .meta({ id: 'OnCallReport' });
export type OnCallReportView = z.infer<typeof onCallReportView>;
