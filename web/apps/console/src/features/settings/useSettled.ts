import { useEffect, useState } from 'react';

/** How long nobody types before what they typed is asked for. */
const SETTLED_MS = 300;

/** The value, once it has not changed for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
