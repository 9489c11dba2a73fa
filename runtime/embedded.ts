import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The URL of Provisor's database in the embedded PostgreSQL of a home; undefined when that home has none. Whether it runs is not asked. */
export function embeddedDatabaseUrl(home: string): string | undefined {
  try {
    const password = readFileSync(join(home, 'postgresql.password'), 'utf8').trim();
    const ports = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as {
      postgresql?: number;
    };
    if (ports.postgresql === undefined) return undefined;
    return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${ports.postgresql}/provisor`;
  } catch {
    return undefined;
  }
}
