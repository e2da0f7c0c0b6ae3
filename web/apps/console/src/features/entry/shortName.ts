/** Proposes the short name that stands in a desk's address, from what was typed so far. Pure. */

/** The longest that the server takes. */
const CHARACTERS_MAX = 40;
/** A Latin word of fewer letters beside kanji (`IT`, `(株)` as `KK`) names nobody. */
const LATIN_MIN = 3;
const PLAIN = 'desk';

/** What a house is by law: it stands before or behind its name. */
const LEGAL =
  /(?:株式|有限|合同|合資|合名)会社|(?:一般|公益)?(?:社団|財団)法人|(?:学校|医療|社会福祉|宗教|独立行政|国立大学|特定非営利活動)法人|[(（][株有同社財学医][)）]|[㈱㈲]/g;
/** Where anybody has an address: their names say nothing of the house. */
const SHARED = /^(?:gmail|googlemail|yahoo|outlook|hotmail|live|msn|icloud|me|mac|aol|docomo|ezweb|softbank|au|nifty|biglobe|ocn|so-net)$/;
/** Second levels below which houses have their names, as in `co.jp`. */
const SECOND = /^(?:co|or|ne|ac|go|ed|gr|lg|ad|com|net|org|gov|edu)$/;

/** Hepburn without long marks; each line begins with the row's consonant. */
const ROWS: readonly [string, string][] = [
  ['', 'あいうえお'],
  ['k', 'かきくけこ'],
  ['g', 'がぎぐげご'],
  ['s', 'さしすせそ'],
  ['z', 'ざじずぜぞ'],
  ['t', 'たちつてと'],
  ['d', 'だぢづでど'],
  ['n', 'なにぬねの'],
  ['h', 'はひふへほ'],
  ['b', 'ばびぶべぼ'],
  ['p', 'ぱぴぷぺぽ'],
  ['m', 'まみむめも'],
  ['r', 'らりるれろ'],
];
const IRREGULAR: Record<string, string> = {
  し: 'shi',
  ち: 'chi',
  つ: 'tsu',
  ふ: 'fu',
  じ: 'ji',
  ぢ: 'ji',
  づ: 'zu',
  や: 'ya',
  ゆ: 'yu',
  よ: 'yo',
  わ: 'wa',
  ゐ: 'i',
  ゑ: 'e',
  を: 'o',
  ん: 'n',
  ゔ: 'vu',
};
const KANA = new Map<string, string>([
  ...ROWS.flatMap(([consonant, row]) => [...row].map((kana, i): [string, string] => [kana, consonant + 'aiueo'[i]])),
  ...Object.entries(IRREGULAR),
]);
const SMALL: Record<string, string> = { ゃ: 'a', ゅ: 'u', ょ: 'o', ぁ: 'a', ぃ: 'i', ぅ: 'u', ぇ: 'e', ぉ: 'o' };

const isKana = (c: string): boolean => KANA.has(c) || c in SMALL || c === 'っ' || c === 'ー';
/** Katakana as hiragana, of which there is one table. */
const hiragana = (s: string): string => s.replace(/[ァ-ヴ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));

/** `しゃ` is `sha` and `きゃ` is `kya`; `ふぁ` is `fa`. */
function drawn(before: string, small: string): string {
  const vowel = SMALL[small] ?? '';
  const stem = before.slice(0, -1);
  const glides = 'ゃゅょ'.includes(small) && !/(?:sh|ch|j|y)$/.test(stem);
  return `${stem}${glides ? 'y' : ''}${vowel}`;
}

/** Kana as Latin letters; everything else stays as it is. */
export function romanized(text: string): string {
  const sounds: string[] = [];
  let doubled = false;
  for (const c of hiragana(text)) {
    const before = sounds.at(-1) ?? '';
    if (c === 'っ') doubled = true;
    else if (c === 'ー') continue;
    else if (c in SMALL && /[a-z]$/.test(before)) sounds[sounds.length - 1] = drawn(before, c);
    else {
      const sound = KANA.get(c) ?? SMALL[c] ?? c;
      // `っち` is `tchi`.
      sounds.push(doubled && /^[bcdfghjkmprstvwyz]/.test(sound) ? (sound.startsWith('ch') ? 't' : sound[0]) + sound : sound);
      doubled = false;
    }
  }
  return sounds.join('');
}

const joined = (s: string): string =>
  s
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, CHARACTERS_MAX)
    .replace(/-+$/, '');

/** The house's name in its domain: `hokuto` of `saki@mail.hokuto.co.jp`. */
function ofDomain(email: string): string {
  const labels = (email.split('@')[1] ?? '').trim().toLowerCase().split('.').filter(Boolean);
  if (labels.length < 2) return '';
  const top = labels.length > 2 && labels.at(-1)?.length === 2 && SECOND.test(labels.at(-2) ?? '') ? 2 : 1;
  const name = labels.at(-1 - top) ?? '';
  return SHARED.test(name) ? '' : joined(name);
}

/**
 * The Latin letters of a name, kana among them as they sound; where the name has kanji, what the mail address says of the
 * house; else `desk`. Nothing for a name that is not typed yet.
 */
export function shortName(name: string, email: string): string {
  const bare = name.normalize('NFKC').replace(LEGAL, ' ').trim();
  if (name.trim() === '') return '';
  const latin = joined(bare);
  const isSpoken = [...hiragana(bare)].every((c) => isKana(c) || !/\p{L}/u.test(c) || /[A-Za-z]/.test(c));
  const spoken = isSpoken ? joined(romanized(bare)) : '';
  return spoken || (latin.replace(/[^a-z]/g, '').length >= LATIN_MIN ? latin : '') || ofDomain(email) || latin || PLAIN;
}
