import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { escalationPolicyList, escalationPolicyView, escalationPreview } from '../contract.ts';
import { reading } from './parts.ts';

const tag = 'escalation policies';
const desk = 'Roles: agent, resolver, manager, admin.';
const path = z.object({ id: z.string().meta({ example: 'standard' }) });
const query = z.object({
  priority: z
    .number()
    .int()
    .min(1)
    .max(5)
    .optional()
    .meta({ description: 'Of the incident; default: the highest that pages.' }),
  at: z
    .string()
    .optional()
    .meta({ description: 'When it begins: a date (UTC) or a moment; default: now.' }),
});

/** The escalations of the policy in force, to be read. */
export const escalationPolicies: ZodOpenApiPathsObject = {
  '/api/v1/escalation-policies': {
    get: reading(
      {
        id: 'escalationPolicyList',
        tag,
        summary: 'All escalation policies',
        description: `They belong to the policy, and are changed there. ${desk}`,
      },
      'Escalation policies.',
      escalationPolicyList,
      '403',
    ),
  },
  '/api/v1/escalation-policies/{id}': {
    get: reading(
      {
        id: 'escalationPolicyShow',
        tag,
        summary: 'One escalation policy',
        description: desk,
        path,
      },
      'The escalation policy.',
      escalationPolicyView,
      '403',
      '404',
    ),
  },
  '/api/v1/escalation-policies/{id}/preview': {
    get: reading(
      {
        id: 'escalationPolicyPreview',
        tag,
        summary: 'Whom it would page when, and why them, if nobody answered',
        description: `By the schedules, turns and contact methods as they are known now. ${desk}`,
        path,
        query,
      },
      'Its steps.',
      escalationPreview,
      '400',
      '403',
      '404',
    ),
  },
};
