// Runs a program of ours, whose path is the first argument, in a thread; see thread.ts. A thread learns TypeScript by itself.
import { pathToFileURL } from 'node:url';
import { register } from 'tsx/esm/api';

register();
await import(pathToFileURL(process.argv[2]).href);
