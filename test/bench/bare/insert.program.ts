/**
 * The bare API: Express and zod with the API's own pool. It inserts an event, a row and a wake, by one statement or in a plain transaction, and
 * reads a page by an index. No key, no policy, no decision, no chain, no texts: what the machine can do at best.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { z } from 'zod';
import { createPool, inTransaction } from '../../../db/pool.ts';

const POOL = 12;
const pool = createPool(process.env['DATABASE_URL'] ?? '', POOL);

await pool.query(`
  create sequence if not exists numbers;
  create table if not exists records (number text primary key, state text not null, priority integer not null, opened_at timestamptz not null, fields jsonb not null);
  create table if not exists events (number text not null, seq integer not null, type text not null, at timestamptz not null, data jsonb not null, primary key (number, seq));
  create table if not exists wakes (number text primary key, seq integer not null, priority integer not null, since timestamptz not null);
  create table if not exists counters (name text primary key, count bigint not null);
  create table if not exists pages (number text primary key, opened_at timestamptz not null, fields jsonb not null);
  create index if not exists pages_opened on pages (opened_at, number)`);

const input = z.strictObject({
  title: z.string().min(1).max(200),
  impact: z.number().int().min(1).max(3),
  urgency: z.number().int().min(1).max(3),
});

const app = express().disable('x-powered-by').set('etag', false);
app.use(express.json());

app.post('/records', async (req, res) => {
  const body = input.parse(req.body);
  const { rows } = await pool.query<{ number: string }>({
    name: 'open',
    text: `with r as (insert into records (number, state, priority, opened_at, fields)
        values ('INC-' || nextval('numbers'), 'new', $1, $2, $3) returning number),
      e as (insert into events (number, seq, type, at, data) select number, 1, 'opened', $2, $3 from r)
      insert into wakes (number, seq, priority, since) select number, 1, $1, $2 from r returning number`,
    values: [body.impact, new Date().toISOString(), JSON.stringify(body)],
  });
  res.status(201).json({ number: rows[0]?.number, state: 'new', ...body });
});

/** The same as most programs write it: a transaction, a statement for each. */
app.post('/records/transaction', async (req, res) => {
  const body = input.parse(req.body);
  const at = new Date().toISOString();
  const fields = JSON.stringify(body);
  const number = await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ number: string }>({
      name: 'open-event',
      text: `insert into events (number, seq, type, at, data) values ('INC-' || nextval('numbers'), 1, 'opened', $1, $2) returning number`,
      values: [at, fields],
    });
    await tx.query({
      name: 'open-row',
      text: `insert into records (number, state, priority, opened_at, fields) values ($1, 'new', $2, $3, $4)
        on conflict (number) do update set state = excluded.state, priority = excluded.priority, fields = excluded.fields`,
      values: [rows[0]?.number, body.impact, at, fields],
    });
    await tx.query({
      name: 'open-wake',
      text: 'insert into wakes (number, seq, priority, since) values ($1, 1, $2, $3)',
      values: [rows[0]?.number, body.impact, at],
    });
    return rows[0]?.number;
  });
  res.status(201).json({ number, state: 'new', ...body });
});

/** A page of rows by an index. */
app.get('/pages', async (_req, res) => {
  const { rows } = await pool.query<{ number: string; opened_at: Date; fields: object }>({
    name: 'page',
    text: 'select number, opened_at, fields from pages order by opened_at desc, number desc limit 51',
  });
  res.json({ items: rows.slice(0, 50) });
});

/** One aggregate over all rows: the bare of a report. */
app.get('/pages/report', async (_req, res) => {
  const { rows } = await pool.query({
    name: 'report',
    text: `select count(*)::integer as count, percentile_cont(array[0.5, 0.9]) within group (order by extract(epoch from opened_at)) as ages from pages`,
  });
  res.json(rows[0]);
});

/** One row that everybody counts in: the bare of a repeated alert. */
app.post('/count', async (_req, res) => {
  const { rows } = await pool.query<{ count: string }>({
    name: 'count',
    text: `insert into counters as c (name, count) values ('alert', 1) on conflict (name) do update set count = c.count + 1 returning count`,
  });
  res.json({ count: rows[0]?.count });
});

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('SIGTERM', () => process.exit(0));
process.send?.({ ready: true, port: (server.address() as AddressInfo).port });
