import { z } from 'zod';

export function page<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'For the next page, as `cursor`; null on the last one.' }),
  });
}
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
