import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { HttpLogger } from 'pino-http';

/** The path without its query, and without the token of an action link or of a calendar feed, which is a key. */
function safePath(url: string | undefined): string {
  const [path = ''] = (url ?? '').split('?');
  return path.replace(/^\/(a|calendars|heartbeats)\/.+/, '/$1/…');
}

/** One line a request: no header and no body is ever logged. */
export function requestLog(logger: Logger): HttpLogger<IncomingMessage, Response> {
  return pinoHttp<IncomingMessage, Response>({
    logger,
    quietReqLogger: true,
    // Probes ask every few seconds and would bury the rest; /metrics counts them all.
    autoLogging: { ignore: (req) => /^\/(livez|readyz|metrics)/.test(req.url ?? '') },
    customSuccessMessage: (req, res) =>
      `${req.method ?? ''} ${safePath(req.url)} ${res.statusCode}`,
    customLogLevel: (_req, res, error) => {
      if (error !== undefined || res.statusCode >= 500) return 'error';
      return 'info';
    },
    customProps: (_req, res) => ({ traceId: String(res.locals['traceId']) }),
    wrapSerializers: false,
    serializers: {
      req: (req: IncomingMessage & { originalUrl?: string }) => ({
        method: req.method,
        path: safePath(req.originalUrl ?? req.url),
      }),
      res: (res: Response) => ({ status: res.statusCode }),
    },
  });
}
