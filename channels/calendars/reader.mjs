// The thread in which one calendar is read; see readCalendar.ts. A thread learns TypeScript by itself.
import { register } from 'tsx/esm/api';

register();
await import(new URL('./reader.program.ts', import.meta.url).href);
