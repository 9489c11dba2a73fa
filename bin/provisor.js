#!/usr/bin/env node
// The `provisor` command. TypeScript runs as it is, from whichever folder the command is called in.
import { register } from 'tsx/esm/api';

register();
await import(new URL('../cli/main.ts', import.meta.url).href);
