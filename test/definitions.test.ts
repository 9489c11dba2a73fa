/**
 * A record's events name the version of the definition that decided them, so what decides must not change under the same version. The digest is of the
 * sources without comments and layout; `processes/released.json` keeps those of the last release.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { processes } from '../processes/index.ts';

const folder = join(import.meta.dirname, '..', 'processes');

function sourcesOf(name: string): string[] {
  const own = join(folder, name);
  const parts = existsSync(own) ? readdirSync(own).map((file) => join(own, file)) : [];
  return [join(folder, `${name}.ts`), ...parts]
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
    .map((file) => readFileSync(file, 'utf8'));
}

function digestOfSource(...sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    const { code } = transformSync(source, {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022', preserveAllComments: false },
      minify: true,
    });
    hash.update(code);
  }
  return hash.digest('hex').slice(0, 16);
}

const last = JSON.parse(readFileSync(join(folder, 'released.json'), 'utf8')) as Readonly<
  Partial<Record<string, { version: number; digest: string }>>
>;

describe.each(processes.map((process) => [process.name, process] as const))(
  '%s',
  (name, process) => {
    test('has a higher version than the last release when it decides otherwise', () => {
      const digest = digestOfSource(...sourcesOf(name));
      const { version } = process;
      const before = last[name];
      const fine = before === undefined || version > before.version || digest === before.digest;
      const what = fine
        ? 'fine'
        : `processes/${name} changed since version ${version} was released: raise its version. When you release it, write {"version": ${version + 1}, "digest": "…"} to processes/released.json; this source has the digest ${digest}`;
      expect(what).toBe('fine');
    });
  },
);

test('comments and layout are no change, a rule is', () => {
  const rule = 'export const most = 3;';
  expect(digestOfSource(`/** How many. */\n\n${rule}`)).toBe(digestOfSource(rule));
  expect(digestOfSource('export const most = 4;')).not.toBe(digestOfSource(rule));
});
