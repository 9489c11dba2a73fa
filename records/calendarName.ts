/** Where a calendar comes from, as people may see it: only the host of its address, for the path may be a password. */
export function calendarName({ url }: { readonly url: string | null }): string {
  return url === null ? 'file' : new URL(url).host;
}
