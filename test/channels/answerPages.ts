import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import helmet from 'helmet';
import { answerRoutes } from '../../api/routes/answer.ts';
import { findRecord } from '../../db/records.ts';
import { systemActor } from '../../domain/actor.ts';
import type { Actor } from '../../domain/actor.ts';
import { start } from '../../domain/escalation/course.ts';
import { HOUR } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { processOf } from '../../records/engine.ts';
import type { PageLinks } from '../../records/links.ts';
import { createTestDatabase, testEngine } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { storedLinks } from '../helpers/deliveries.ts';

export const secret = 'a secret of at least thirty-two characters';
export const lea: Actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'acme' };

/** Pages to ann, and the server that takes her answers. */
export interface AnswerPages {
  readonly database: TestDatabase;
  readonly engine: Engine;
  readonly url: string;
  /** An incident that pages, and the links of its first page. */
  paged(title?: string): Promise<{ readonly number: string; readonly links: PageLinks }>;
  /** The links of the page that the record's escalation sends now. @param acknowledgedBy how many must answer */
  nextPage(number: string, acknowledgedBy?: number): Promise<PageLinks>;
  linksOf(number: string, effectKey: string): Promise<PageLinks>;
  stop(): Promise<void>;
}

export interface AnswerPagesOptions {
  readonly clock: () => Instant;
  readonly onWake?: () => void;
  readonly publicUrl?: string;
}

export async function startAnswerPages({
  clock,
  onWake = () => undefined,
  publicUrl = 'http://desk.example.org',
}: AnswerPagesOptions): Promise<AnswerPages> {
  const database = await createTestDatabase();
  const engine = { ...testEngine(database.pool, clock), onWake };
  const server = express()
    .use(helmet())
    .use(answerRoutes({ engine, secret, publicUrl }))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');

  const linksOf = (number: string, effectKey: string): Promise<PageLinks> => {
    const to = { organisation: 'acme', person: 'ann', expiresAt: clock() + HOUR };
    return storedLinks(database.pool, secret, { effectKey, number, ...to });
  };

  const nextPage = async (number: string, acknowledgedBy = 1): Promise<PageLinks> => {
    const seq = ((await findRecord(database.pool, number))?.seq ?? 0) + 1;
    const people = acknowledgedBy === 1 ? ['ann'] : ['ann', 'bob'];
    const input = { escalation: 'e', rule: 'r', position: start, people, acknowledgedBy };
    const request = { actor: systemActor('e', 'acme'), now: clock() };
    const page = await commit(engine, number, 'page', input, request);
    if (!page.ok) throw new Error(JSON.stringify(page.error));
    return linksOf(number, `${number}/${seq}/0`);
  };

  return {
    database,
    engine,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    linksOf,
    nextPage,
    async paged(title = 'Web shop is down') {
      const input = { title, service: 'shop', impact: 1, urgency: 1 };
      const request = { actor: lea, now: clock() };
      const opened = await open(engine, processOf(engine, 'incident'), input, request);
      if (!opened.ok) throw new Error(JSON.stringify(opened.error));
      const { number } = opened.value.record;
      return { number, links: await nextPage(number) };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await database.drop();
    },
  };
}
