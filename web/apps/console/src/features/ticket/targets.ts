/** Where links of a letter lead, when their words say something else. Pure. */

/** A link as the server hands it out, its attributes in double quotes; a longer one names no address. */
const LINK = /<a\b[^>]*?\shref="(https?:[^"]*)"[^>]*>((?:(?!<\/?a\b)[\s\S]){1,400}?)<\/a>/gi;
/** Words that are an address: `example.co.jp`, `https://example.co.jp/…`. */
const ADDRESS = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+[\p{L}][\p{L}\p{N}-]+)(?::\d+)?(?:[/?#]\S*)?$/iu;

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:nbsp|#160);/g, ' ')
    .trim();
}

/** As a browser reads it: lower case, other scripts in ASCII (`xn--…`). */
function hostOf(address: string): string | null {
  try {
    return new URL(address.replace(/&amp;/g, '&')).hostname.replace(/^www\./, '');
  } catch {
    return null;
  }
}

/** The host that a link leads to, if its words name another one; a part of what they name is the same. */
export function elsewhere(href: string, words: string): string | null {
  const named = ADDRESS.exec(plain(words))?.[1];
  const said = named ? hostOf(`https://${named}`) : null;
  const host = hostOf(href);
  if (!said || !host || host === said || host.endsWith(`.${said}`)) return null;
  return host;
}

/** Puts behind every link whose words name another address where it leads. */
export const withTargets = (html: string, tell: (host: string) => string): string =>
  html.replace(LINK, (link: string, href: string, words: string) => {
    const host = elsewhere(href, words);
    return host ? `${link}<span class="elsewhere">${tell(host)}</span>` : link;
  });
