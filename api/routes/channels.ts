import type { RequestHandler, Router } from 'express';
import { channelOf } from '../../channels/index.ts';
import { entry } from '../../domain/policy.ts';
import { askChannelTest } from '../../records/channelTests.ts';
import { actorOf, requireRole } from '../auth.ts';
import type { ChannelList, ChannelTestView } from '../contract.ts';
import type { ApiDeps } from '../deps.ts';
import { idempotencyKey } from '../headers.ts';
import { jsonBody } from '../json.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { requireRoom, requireSetUp, sendNotice, toldOf } from '../sendNotice.ts';
import { desk } from './schedulesAccess.ts';

type Deps = Pick<ApiDeps, 'engine' | 'channels' | 'publicUrl'>;

const path = '/api/v1/channels';

function listing({ engine, channels }: Deps): RequestHandler {
  return async (_req, res) => {
    requireRole(res, 'list channels', desk);
    const places = (await engine.policies.active(engine.pool)).body.channels;
    const items = Object.entries(places).map(([name, { kind }]) => ({
      ...{ name, kind },
      unavailable: channelOf(channels, kind).unavailable ?? null,
    }));
    res.json({ items } satisfies ChannelList);
  };
}

function testing(deps: Deps): RequestHandler {
  const { engine, publicUrl } = deps;
  return async (req, res) => {
    const name = param(req, 'name');
    const actor = requireRole(res, 'test channel', ['manager', 'admin']);
    const now = engine.clock();
    const { people, channels } = (await engine.policies.active(engine.pool)).body;
    const kind = entry(channels, name)?.kind;
    if (kind !== undefined) requireSetUp(deps, kind);
    const asking = { actor: actorOf(res), now, idempotencyKey: idempotencyKey(req) };
    const asked = valueOf(await askChannelTest(engine, name, asking));
    requireRoom(asked, now);
    const { id, place } = asked;
    if (asked.kind === 'new') {
      const by = entry(people, actor.id)?.name ?? actor.id;
      await sendNotice(deps, id, place.kind, {
        ...{ ...place, name, now, publicUrl, path, code: undefined },
        key: `channel/${name}/${id}`,
        askedBy: by,
      });
    }
    const { accepted, detail } = await toldOf(deps, id);
    res.json({ channel: name, accepted, detail } satisfies ChannelTestView);
  };
}

/** The places that many people read, which the policy names. */
export function channelRoutes(router: Router, deps: Deps): void {
  methods(router, path, { get: listing(deps) });
  methods(router, `${path}/:name/test`, { post: [...jsonBody('16kb'), testing(deps)] });
}
