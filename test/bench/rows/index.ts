import { alerts } from './alerts.ts';
import { burst } from './burst.ts';
import { duplicates } from './duplicates.ts';
import { instant } from './instant.ts';
import { list } from './list.ts';
import { memory } from './memory.ts';
import { opens } from './opens.ts';
import type { Row } from './row.ts';
import { steps } from './steps.ts';
import { timers } from './timers.ts';

/** In the order in which they run: memory while everything is fresh, the long list last, for it takes all other records away. */
export const rows: readonly Row[] = [
  memory,
  opens,
  alerts,
  burst,
  duplicates,
  timers,
  steps,
  instant,
  list,
];
