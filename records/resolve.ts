/** A value with the ids of free texts in it replaced by the texts. @param texts as `textsOf` found them */
export function resolveTexts(value: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return texts.get(value) ?? value;
  if (Array.isArray(value)) return value.map((part) => resolveTexts(part, texts));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, resolveTexts(part, texts)]),
  );
}
