/** `Chrome 156, Windows`: enough to know one's own machine again. */
export function deviceOf(agent: string | null): string | null {
  if (!agent) return null;
  const browser = /(Edg|Firefox|Chrome|Safari)\/(\d+)/.exec(agent);
  const name = browser?.[1] === 'Edg' ? 'Edge' : browser?.[1];
  const system = /iPhone|iPad|Android|Windows|Mac OS X|Linux/.exec(agent)?.[0].replace('Mac OS X', 'macOS');
  return [name && `${name} ${browser?.[2]}`, system].filter(Boolean).join(', ') || null;
}
