import { alerts } from './alerts.ts';
import { burst } from './burst.ts';
import { duplicates } from './duplicates.ts';
import { opens } from './opens.ts';
import type { Row } from './row.ts';

export const rows: readonly Row[] = [opens, alerts, burst, duplicates];
