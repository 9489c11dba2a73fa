import { createOpenApi } from '../../api/openapi.ts';
import { processes } from '../../processes/index.ts';
import { docsTable } from '../helpers/docsTable.ts';
import { provisor } from './support.ts';

const code = (cell: string): string => cell.replaceAll('`', '');
const resources = [...docsTable('on-call.md', 'resource', 'command line')].map(
  ([resource, [line = '']]) => [code(resource), code(line)] as const,
);
const { paths = {} } = createOpenApi(processes);

describe('the resources of on-call in docs/on-call.md', () => {
  test('those that integrations are built on are among them', () => {
    expect(resources.map(([resource]) => resource)).toEqual(
      expect.arrayContaining([
        '/schedules',
        '/schedules/{id}/on-call',
        '/schedules/{id}/shifts',
        '/schedules/{id}/overrides',
        '/escalation-policies',
        '/people/{id}/contact-methods',
        '/notifications',
        '/maintenance-windows',
        '/heartbeats',
      ]),
    );
  });

  test.each(resources)('%s can be read, and so can %s', async (resource, line) => {
    expect(paths[`/api/v1${resource}`]).toHaveProperty('get');
    const [, ...words] = line.split(' ');
    const { out } = await provisor([...words, '--help'], {});
    expect(out).toMatch(new RegExp(`^Usage: ${line}( |$)`, 'm'));
  });
});
