import { expect, it } from 'vitest';
import { backoff } from './backoff.ts';

it('waits longer each time, with jitter, and never more than half a minute', () => {
  expect(backoff(0, () => 1)).toBe(500);
  expect(backoff(3, () => 1)).toBe(4000);
  expect(backoff(50, () => 1)).toBe(30_000);
  expect(backoff(50, () => 0)).toBe(200);
});
