import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Config } from './config.ts';

/** JSON on stdout, readable text on a terminal. Keys and links never get into it. */
export function createLogger(config: Pick<Config, 'LOG_LEVEL' | 'NODE_ENV'>, name: string): Logger {
  const readable = config.NODE_ENV !== 'production';
  return pino({
    name,
    level: config.LOG_LEVEL,
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.secret', '*.key', '*.token'],
    ...(readable
      ? {
          transport: {
            target: 'pino-pretty',
            options: {
              ignore: 'pid,hostname,req,res',
              singleLine: true,
              translateTime: 'SYS:HH:MM:ss',
            },
          },
        }
      : {}),
  });
}
