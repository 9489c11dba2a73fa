/** Keeps what a test opened, and closes it when the test ends. Call it once, at the top of a test file. */
export function closeAfterEach(): <T extends { close(): Promise<void> }>(opened: T) => T {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  return (opened) => {
    open.push(opened);
    return opened;
  };
}
