// Loaded by `node --import` into the worker's process, and so into its threads: ADR 13 says what it leaves out and why. Without it all works, and slower.
import { promiseHooks } from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  // The SDK's hook, which notes where each promise was made, is the one without `before`. Node's own, for AsyncLocalStorage, has it and must stay.
  const createHook = promiseHooks.createHook;
  promiseHooks.createHook = (hooks) =>
    hooks.before === undefined ? () => undefined : createHook(hooks);

  // For a time limit Node starts a thread and waits for its end, dozens of times for each task of a workflow.
  const runInContext = Script.prototype.runInContext;
  Script.prototype.runInContext = function (context, options) {
    return runInContext.call(this, context, { ...options, timeout: undefined });
  };
}
