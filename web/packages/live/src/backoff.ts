/** Full jitter: every browser of a desk picks its own moment, so that a restarted server is not stormed. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return 200 + random() * (ceiling - 200);
}
