import express from 'express';
import type { RequestHandler, Router } from 'express';
import { callbackPaths } from '../../records/callbacks.ts';
import type { CallbackDeps } from '../inbound/callback.ts';
import { parseCallReport } from '../inbound/callReport.ts';
import { parseSmsReport } from '../inbound/smsReport.ts';
import { methods } from '../route.ts';
import { fromMattermost } from './callbacksMattermost.ts';
import { fromSlack } from './callbacksSlack.ts';
import { callAnswered, reported, smsReplied } from './callbacksTwilio.ts';

const MAX_BODY = '64kb';

/** The body as it came: signatures are over its bytes. */
const rawText = express.text({ type: () => true, limit: MAX_BODY });

/** Where providers call back: buttons, replies, pressed keys, reports. Each is verified by its provider's means, and kept before it is answered 2xx. */
export function callbackRoutes(router: Router, deps: CallbackDeps): void {
  const post = (path: string, handler: RequestHandler): void => {
    methods(router, path, { post: [rawText, handler] });
  };
  post(callbackPaths.slack, fromSlack(deps));
  post(callbackPaths.mattermost, fromMattermost(deps));
  post(callbackPaths.smsReply, smsReplied(deps));
  post(callbackPaths.smsStatus, reported(deps, parseSmsReport));
  post(callbackPaths.callStatus, reported(deps, parseCallReport));
  post(callbackPaths.callAnswer, callAnswered(deps));
}
