import { createOpenApi } from '../../api/openapi.ts';
import { processes } from '../../processes/index.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { in: string; name: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const document = createOpenApi(processes);
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
    path,
    method,
    operation,
  })),
);

/** Every `$ref` anywhere in a value. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === '$ref' && typeof part === 'string' ? [part] : references(part),
  );
}

test('it is OpenAPI 3.1 in which every reference leads somewhere', () => {
  expect(document.openapi).toBe('3.1.0');
  const names = Object.keys(document.components?.schemas ?? {}).map(
    (name) => `#/components/schemas/${name}`,
  );
  expect(names).toEqual(expect.arrayContaining(references(document)));
});

test('every operation has an id of its own and declares the parameters of its path', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect([path, declared.map(({ name }) => name)]).toEqual([path, inPath]);
  }
});

test('the ids that clients are made from do not change by accident', () => {
  expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual([
    'auditList',
    'calendar',
    'calendarCheck',
    'calendarImport',
    'calendarRemove',
    'channelList',
    'channelTest',
    'checkpointList',
    'contactMethodAdd',
    'contactMethodCode',
    'contactMethodList',
    'contactMethodRemove',
    'contactMethodTest',
    'contactMethodVerify',
    'deadLetterDismiss',
    'deadLetterList',
    'deadLetterSendAgain',
    'escalationPolicyList',
    'escalationPolicyPreview',
    'escalationPolicyShow',
    'failedAnswerList',
    'failedAnswerRetry',
    'feedRevoke',
    'heartbeatChange',
    'heartbeatCreate',
    'heartbeatDelete',
    'heartbeatList',
    'heartbeatPause',
    'heartbeatRenewToken',
    'heartbeatResume',
    'heartbeatShow',
    'incidentAcceptMajor',
    'incidentAcknowledge',
    'incidentAmend',
    'incidentAssign',
    'incidentAttach',
    'incidentAttachment',
    'incidentAttachments',
    'incidentCancel',
    'incidentClose',
    'incidentCommands',
    'incidentComment',
    'incidentCorrect',
    'incidentDemoteMajor',
    'incidentEscalate',
    'incidentExplain',
    'incidentHold',
    'incidentInform',
    'incidentLink',
    'incidentList',
    'incidentLogWork',
    'incidentNoteAlerts',
    'incidentOpen',
    'incidentPrioritise',
    'incidentProposeMajor',
    'incidentRaise',
    'incidentRedact',
    'incidentReopen',
    'incidentResolve',
    'incidentResume',
    'incidentReview',
    'incidentShow',
    'incidentSnooze',
    'incidentStart',
    'incidentStream',
    'incidentTimeline',
    'incidentUnlink',
    'incidentUnwatch',
    'incidentWatch',
    'intakeAlertmanager',
    'intakeGrafana',
    'intakeKeptList',
    'intakeKeptShow',
    'intakeMapped',
    'keyCreate',
    'keyList',
    'keyRevoke',
    'live',
    'me',
    'metrics',
    'notificationList',
    'notificationRulesChange',
    'notificationRulesShow',
    'onCall',
    'onCallWarnings',
    'overrideList',
    'overrideMake',
    'overrideWithdraw',
    'personFeedCreate',
    'personFeedList',
    'personList',
    'personShow',
    'ping',
    'pingByPost',
    'pingOf',
    'pingOfByPost',
    'policyApply',
    'policyCheck',
    'policyGet',
    'policyList',
    'policyShow',
    'ready',
    'reportIncidents',
    'reportOnCall',
    'scheduleChange',
    'scheduleCreate',
    'scheduleDelete',
    'scheduleFairness',
    'scheduleFeedCreate',
    'scheduleFeedList',
    'scheduleList',
    'scheduleOnCall',
    'scheduleShifts',
    'scheduleShow',
    'scheduleVersions',
    'stalledList',
    'stalledRetry',
    'swapAccept',
    'swapAsk',
    'swapDecline',
    'swapList',
    'swapShow',
    'swapWithdraw',
    'webhookSecret',
    'windowChange',
    'windowCreate',
    'windowDelete',
    'windowEnd',
    'windowList',
    'windowShow',
  ]);
});

test('every POST tells of Idempotency-Key, every command of If-Match too', () => {
  for (const { path, method, operation } of operations) {
    const headers = (operation.parameters ?? []).filter((parameter) => parameter.in === 'header');
    const names = headers.map(({ name }) => name);
    if (method === 'post')
      expect([path, names]).toEqual([path, expect.arrayContaining(['Idempotency-Key'])]);
    if (method === 'post' && path.includes('{number}')) expect(names).toContain('If-Match');
  }
});

describe('served', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  test('what is described is there', async () => {
    const served = await api.call('GET', '/openapi.json', { key: null });
    expect(served.body).toEqual(JSON.parse(JSON.stringify(document)));
    for (const { path, method } of operations) {
      const answer = await api.call(method.toUpperCase(), path.replace(/\{\w+\}/, 'INC-1'), {
        key: null,
      });
      // What is open and names something is open by a token, which nobody has here.
      const withoutKey = path.includes('{') ? 404 : 200;
      const open = path.startsWith('/api/') ? 401 : withoutKey;
      expect([method, path, answer.status]).toEqual([method, path, open]);
    }
  });

  test('people read it at /docs, from local files that the content security policy allows', async () => {
    const moved = await fetch(`${api.url}/docs`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '/docs/']);
    const page = await (await fetch(`${api.url}/docs/`)).text();
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    // The policy lets no inline script run.
    expect(page).not.toMatch(/<script>/);
    for (const [, file] of page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
      const { status } = await fetch(`${api.url}/docs/${file!}`);
      expect([file, status]).toEqual([file, 200]);
    }
  });
});
