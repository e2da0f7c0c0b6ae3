import { describe, expect, it } from 'vitest';
import { isTyping, type KeyInput, keyName, Sequencer, showKeys } from './hotkeys.ts';
import { isEnter, isImeKey } from './ime.ts';

const key = (k: Partial<KeyInput>): KeyInput => ({
  key: '',
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...k,
});

describe('the input method', () => {
  it('owns every key while it composes', () => {
    expect(isImeKey({ key: 'Enter', isComposing: true })).toBe(true);
    expect(isImeKey({ key: 'Enter', keyCode: 229 })).toBe(true);
    expect(isImeKey({ key: 'Process' })).toBe(true);
    expect(isImeKey({ key: 'Enter', nativeEvent: { isComposing: true } })).toBe(true);
    expect(isImeKey({ key: 'Enter', keyCode: 13 })).toBe(false);
  });
  it('makes Enter no Enter', () => {
    expect(isEnter({ key: 'Enter', keyCode: 229 })).toBe(false);
    expect(isEnter({ key: 'Enter', keyCode: 13 })).toBe(true);
  });
  it('gives composing keys no name, so no shortcut hears them', () =>
    expect(keyName(key({ key: 'j', code: 'KeyJ', isComposing: true }))).toBeNull());
});

describe('key names', () => {
  it('come from the place of the key, not from the letter it makes', () => {
    expect(keyName(key({ key: 'ｊ', code: 'KeyJ' }))).toBe('j');
    expect(keyName(key({ key: 'J', code: 'KeyJ', shiftKey: true }))).toBe('shift+j');
  });
  it('join Ctrl and Cmd', () => {
    expect(keyName(key({ key: 'k', code: 'KeyK', ctrlKey: true }))).toBe('mod+k');
    expect(keyName(key({ key: 'k', code: 'KeyK', metaKey: true }))).toBe('mod+k');
    expect(keyName(key({ key: 'Enter', code: 'Enter', metaKey: true, shiftKey: true }))).toBe('mod+shift+Enter');
  });
  it('leave Alt to the system, and modifiers alone are nothing', () => {
    expect(keyName(key({ key: 'm', code: 'KeyM', altKey: true }))).toBeNull();
    expect(keyName(key({ key: 'Shift', code: 'ShiftLeft', shiftKey: true }))).toBeNull();
  });
  it('know the question mark on any keyboard', () => expect(keyName(key({ key: '?', code: 'IntlRo', shiftKey: true }))).toBe('?'));
  it('are shown as the machine writes them', () => {
    expect(showKeys('mod+k', true)).toEqual(['⌘', 'K']);
    expect(showKeys('g i', false)).toEqual(['G', 'I']);
    expect(showKeys('mod+shift+Enter', false)).toEqual(['Ctrl', 'Shift', 'Enter']);
  });
});

describe('sequences', () => {
  it('join two keys that come soon', () => {
    const s = new Sequencer(1000);
    expect(s.press('g', 0)).toEqual(['g']);
    expect(s.press('i', 500)).toEqual(['g i', 'i']);
  });
  it('forget the first key after a while', () => {
    const s = new Sequencer(1000);
    s.press('g', 0);
    expect(s.press('i', 1500)).toEqual(['i']);
  });
});

describe('typing', () => {
  it('means a field that takes text', () => {
    expect(isTyping({ tagName: 'TEXTAREA' })).toBe(true);
    expect(isTyping({ tagName: 'INPUT', type: 'search' })).toBe(true);
    expect(isTyping({ tagName: 'INPUT', type: 'checkbox' })).toBe(false);
    expect(isTyping({ tagName: 'BUTTON' })).toBe(false);
    expect(isTyping(null)).toBe(false);
  });
});
