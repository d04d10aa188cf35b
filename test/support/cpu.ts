// How long this process has computed: what a busy machine does beside it does not count.

/** Milliseconds of processor time so far. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
