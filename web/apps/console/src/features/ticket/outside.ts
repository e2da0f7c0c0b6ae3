import type { Address } from '@madoguchi/api-client';
import { folded, isWrong } from './addresses.ts';

/** Where anybody may have an address: that two write from there joins them in nothing. */
const ANYBODYS = new Set(
  `gmail.com googlemail.com yahoo.co.jp yahoo.com ymail.ne.jp outlook.com outlook.jp hotmail.com hotmail.co.jp live.jp msn.com
  icloud.com me.com mac.com aol.com proton.me docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp ymobile.ne.jp
  uqmobile.jp rakuten.jp nifty.com biglobe.ne.jp ocn.ne.jp so-net.ne.jp plala.or.jp dion.ne.jp infoweb.ne.jp`.split(/\s+/),
);
const domainOf = (email: string): string => folded(email).split('@').at(-1) ?? '';

/** Who belongs to a ticket: those on it, and everybody at their organization's domains. */
export interface Circle {
  addresses: Set<string>;
  domains: Set<string>;
}
export function circleOf(addresses: string[], domains: string[]): Circle {
  const theirs = addresses.map(domainOf).filter((d) => d && !ANYBODYS.has(d));
  return { addresses: new Set(addresses.map(folded)), domains: new Set([...theirs, ...domains.map((d) => d.toLowerCase())]) };
}

/** Those of whom nothing tells that they belong to it. */
export function outsiders(list: Address[], circle: Circle): Address[] {
  const inside = (email: string) => {
    const domain = domainOf(email);
    return circle.addresses.has(folded(email)) || [...circle.domains].some((d) => domain === d || domain.endsWith(`.${d}`));
  };
  return list.filter((a) => a.email && !isWrong(a) && !inside(a.email));
}
