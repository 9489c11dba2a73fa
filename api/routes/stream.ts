import type { Router } from 'express';
import { refuse } from '../../domain/errors.ts';
import { parseRecordNumber } from '../../domain/ids.ts';
import type { Process } from '../../domain/process.ts';
import type { Engine } from '../../records/engine.ts';
import { actorOf } from '../auth.ts';
import { streamEvents } from '../eventStream.ts';
import { atMost } from '../gate.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';

/** Each looks at its record twice a second. */
const AT_ONCE = 200;

/** A record's events as they happen (server-sent events). Mounted before the commands, whose path it would be otherwise. */
export function streamRoutes(
  router: Router,
  { engine, process }: { engine: Engine; process: Process },
): void {
  methods(router, `/api/v1/${process.plural}/:number/events/stream`, {
    get: [
      atMost(AT_ONCE),
      async (req, res) => {
        const number = parseRecordNumber(param(req, 'number'));
        if (number?.startsWith(`${process.prefix}-`) !== true) {
          return valueOf(refuse({ kind: 'notFound', what: `this ${process.name}` }));
        }
        await streamEvents({ engine, number, actor: actorOf(res) }, req, res);
      },
    ],
  });
}
