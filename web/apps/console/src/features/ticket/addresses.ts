import type { Address } from '@madoguchi/api-client';

const ADDRESS = /^[^\s@<>,;；、]+@[^\s@<>,;；、]+\.[^\s@<>,;；、]+$/;

/** Takes `Name <a@b>` as well as a bare address, several at once. What cannot be read is handed back, never dropped. */
export function parseAddresses(text: string): { good: Address[]; bad: string[] } {
  const good: Address[] = [];
  const bad: string[] = [];
  for (const part of text.split(/[,;；、，\n]+/)) {
    const s = part.trim();
    if (!s) continue;
    const m = /^(.*?)<([^<>]+)>$/.exec(s);
    const email = (m?.[2] ?? s).trim();
    const name = m?.[1]?.trim().replace(/^"|"$/g, '') || null;
    if (ADDRESS.test(email)) good.push({ name, email });
    else bad.push(s);
  }
  return { good, bad };
}
