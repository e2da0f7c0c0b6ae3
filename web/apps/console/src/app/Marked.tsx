import type { Snippet } from '@madoguchi/api-client';

/** A text that was found, and in it what was looked for. */
export function Marked({ of: { text, marks } }: { of: Snippet }) {
  const begins = [0, ...marks.map(([, to]) => to)];
  return (
    <>
      {begins.map((from, n) => {
        const mark = marks[n];
        return (
          <span key={from}>
            {text.slice(from, mark?.[0])}
            {mark && <mark>{text.slice(...mark)}</mark>}
          </span>
        );
      })}
    </>
  );
}
