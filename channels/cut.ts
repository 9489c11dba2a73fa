/** A text's beginning, of at most `most` UTF-16 units, that says by `…` when something was left out. No character is split. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
