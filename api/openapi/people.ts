import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  addedContactMethod,
  contactCode,
  contactMethodList,
  contactMethodView,
  newContactMethod,
  notificationRulesInput,
  notificationRulesView,
  onCallWarningList,
  personList,
  personView,
  sendingView,
} from '../contract.ts';
import {
  conditional,
  etagHeader,
  json,
  locationHeader,
  ofBody,
  operation,
  reading,
  repeatable,
} from './parts.ts';

const tag = 'people';
const person = z.object({
  id: z.string().meta({ description: "A key of the policy's people.", example: 'ann' }),
});
const method = person.extend({ method: z.string() });
const own = 'For the person and admins.';
const limited = `${own} One a minute goes to an address, and five an hour (429).`;

const contactMethods: ZodOpenApiPathsObject = {
  '/api/v1/people/{id}/contact-methods': {
    get: reading(
      {
        id: 'contactMethodList',
        tag,
        summary: 'How a person can be reached',
        description:
          "Their own methods and the policy's. Addresses are shown to the person and admins.",
        path: person,
      },
      'Methods.',
      contactMethodList,
      '403',
      '404',
    ),
    post: operation(
      {
        id: 'contactMethodAdd',
        tag,
        summary: 'Add a way to be reached, and send a code to it',
        description: `${own} It gets no page until the code came back.`,
        path: person,
        header: repeatable,
        body: { required: true, ...json(newContactMethod) },
      },
      { '201': { description: 'Added.', ...json(addedContactMethod), headers: locationHeader } },
      '400',
      '403',
      '404',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/people/{id}/contact-methods/{method}': {
    delete: reading(
      {
        id: 'contactMethodRemove',
        tag,
        summary: 'Remove a way to be reached',
        description: own,
        path: method,
      },
      'As it was.',
      contactMethodView,
      '403',
      '404',
      '409',
    ),
  },
  '/api/v1/people/{id}/contact-methods/{method}/code': {
    post: operation(
      {
        id: 'contactMethodCode',
        tag,
        summary: 'Send a new code; the one before is void',
        description: limited,
        path: method,
        header: repeatable,
      },
      { '200': { description: 'What the receiver said.', ...json(sendingView) } },
      '403',
      '404',
      '409',
    ),
  },
  '/api/v1/people/{id}/contact-methods/{method}/verify': {
    post: operation(
      {
        id: 'contactMethodVerify',
        tag,
        summary: 'Verify a way to be reached with the code that was sent to it',
        description: `${own} A code is good for 10 minutes and 5 attempts.`,
        path: method,
        header: repeatable,
        body: { required: true, ...json(contactCode) },
      },
      { '200': { description: 'Verified.', ...json(contactMethodView) } },
      '403',
      '404',
      '409',
      ...ofBody,
    ),
  },
  '/api/v1/people/{id}/contact-methods/{method}/test': {
    post: operation(
      {
        id: 'contactMethodTest',
        tag,
        summary: 'Send a test page now',
        description: `${limited} The methods of the policy can be tried too.`,
        path: method,
        header: repeatable,
      },
      { '200': { description: 'What the receiver said.', ...json(sendingView) } },
      '403',
      '404',
    ),
  },
};

export const people: ZodOpenApiPathsObject = {
  '/api/v1/people': {
    get: reading(
      {
        id: 'personList',
        tag,
        summary: 'Everybody of the policy, and whether a page can reach them',
        description: 'Roles: agent, resolver, manager.',
      },
      'People.',
      personList,
      '403',
    ),
  },
  '/api/v1/people/{id}': {
    get: reading(
      {
        id: 'personShow',
        tag,
        summary: 'Somebody of the policy, and whether a page can reach them',
        description: 'For the person, and for the roles agent, resolver, manager.',
        path: person,
      },
      'The person.',
      personView,
      '403',
      '404',
    ),
  },
  '/api/v1/on-call/warnings': {
    get: reading(
      {
        id: 'onCallWarnings',
        tag,
        summary: 'What schedules do not cover in the coming week, and who was told',
        description:
          'Shifts of people whom no page reaches, and the times at which nobody is on call in a schedule by which an escalation pages. Roles: agent, resolver, manager.',
      },
      'The next first.',
      onCallWarningList,
      '403',
    ),
  },
  ...contactMethods,
  '/api/v1/people/{id}/notification-rules': {
    get: operation(
      {
        id: 'notificationRulesShow',
        tag,
        summary: 'In which order and after which time a person is reached by what',
        description: own,
        path: person,
      },
      { '200': { description: 'Rules.', ...json(notificationRulesView), headers: etagHeader } },
      '403',
      '404',
    ),
    put: operation(
      {
        id: 'notificationRulesChange',
        tag,
        summary: "Replace a person's rules",
        description: own,
        path: person,
        header: conditional(
          'The ETag that you saw: when the rules have changed since, nothing happens (412).',
        ),
        body: { required: true, ...json(notificationRulesInput) },
      },
      { '200': { description: 'Written.', ...json(notificationRulesView), headers: etagHeader } },
      '400',
      '403',
      '404',
      '412',
      ...ofBody,
    ),
  },
};
