/** What `isImeKey` needs to know about a key event, React's or the browser's. */
export interface KeyLike {
  isComposing?: boolean;
  keyCode?: number;
  key?: string;
  nativeEvent?: { isComposing?: boolean; keyCode?: number };
}

/**
 * True while an input method is at work: the key chooses or confirms a conversion and is not a command.
 * `keyCode` 229 covers Safari, where the Enter that ends a conversion arrives after `compositionend`.
 */
export function isImeKey(e: KeyLike): boolean {
  const n = e.nativeEvent ?? e;
  return n.isComposing === true || n.keyCode === 229 || e.key === 'Process';
}

/** The one sanctioned way to ask for Enter. */
export function isEnter(e: KeyLike & { key: string }): boolean {
  return e.key === 'Enter' && !isImeKey(e);
}
