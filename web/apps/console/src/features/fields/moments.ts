/** A moment as it is typed: `2026-11-21 09:30` in the desk's zone; what is none stays as it is. */
export function moments(value: string, zone: string): string {
  const at = new Date(value);
  if (!/Z$|[+-]\d\d:\d\d$/.test(value) || Number.isNaN(at.getTime())) return value;
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
}
