import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adoptNamespace } from '../../db/identity.ts';
import { migrate } from '../../db/migrate.ts';
import { createPool } from '../../db/pool.ts';
import { ensureNumbers } from '../../records/numbers.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { databaseUrl, runningEngines, TEMPLATE, testNamespace, usePolicy } from './database.ts';

/** Once before the tests: the template that each test file's database is a copy of, and the workflows' bundle that every worker under test runs. */
async function prepare(): Promise<void> {
  const { databaseUrl: admin, home } = runningEngines();
  const pool = createPool(admin, 1);
  await pool.query(`create database ${TEMPLATE}`);
  await pool.end();
  await migrate(databaseUrl(TEMPLATE));
  const template = createPool(databaseUrl(TEMPLATE), 1);
  await ensureNumbers(template);
  await usePolicy(template, (policy) => policy);
  await adoptNamespace(template, testNamespace, Date.now());
  await template.end();

  const bundle = await workflowBundle(undefined);
  if (!('code' in bundle)) throw new Error('the bundle has no code');
  const file = join(home, 'workflows.js');
  writeFileSync(file, bundle.code);
  chmodSync(file, 0o644);
}

await prepare();
