/** Light, dark, or what the machine says. `scheme-boot` applies the same rule before the first paint. */
export type Scheme = 'light' | 'dark' | 'system';
const KEY = 'madoguchi.scheme';
const listeners = new Set<() => void>();
const dark = () => window.matchMedia('(prefers-color-scheme: dark)');

export function scheme(): Scheme {
  try {
    const s = localStorage.getItem(KEY);
    return s === 'light' || s === 'dark' ? s : 'system';
  } catch {
    return 'system';
  }
}
export function effectiveScheme(): 'light' | 'dark' {
  const s = scheme();
  if (s !== 'system') return s;
  return dark().matches ? 'dark' : 'light';
}
function paint(): void {
  document.documentElement.setAttribute('data-mantine-color-scheme', effectiveScheme());
  for (const f of listeners) f();
}
export function setScheme(s: Scheme): void {
  try {
    localStorage.setItem(KEY, s);
  } catch {
    // Without storage the choice lasts for this page.
  }
  paint();
}
export function watchScheme(): void {
  dark().addEventListener('change', paint);
  paint();
}
export function onScheme(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
