import { z } from 'zod';

export const problemIssue = z.object({
  pointer: z
    .string()
    .optional()
    .meta({ description: 'Where in the body: a JSON Pointer (RFC 6901).' }),
  parameter: z.string().optional().meta({ description: 'Which query parameter.' }),
  header: z.string().optional().meta({ description: 'Which header.' }),
  detail: z.string(),
});
export type ProblemIssue = z.infer<typeof problemIssue>;

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z.array(problemIssue).optional(),
    allowed: z
      .array(z.string())
      .optional()
      .meta({ description: 'With 409: the commands that are possible now.' }),
    traceId: z.string(),
  })
  .meta({ id: 'Problem', description: 'Problem Details (RFC 9457).' });
export type Problem = z.infer<typeof problemSchema>;
