import { describe, expect, it } from 'vitest';
import { hasGround, lifted, onDark, outsidePictures, ownPictures, partsOf, textParts, withPictures } from './letter.ts';

describe('a letter', () => {
  it('parts where the server says', () => {
    expect(partsOf('<p>a</p>')).toEqual({ above: null, fresh: '<p>a</p>', quoted: null });
    expect(partsOf('<p>a</p><!--signature--><p>s</p><!--quoted--><p>q</p>')).toEqual({
      above: null,
      fresh: '<p>a</p><div class="sign"><p>s</p></div>',
      quoted: '<p>q</p>',
    });
    expect(partsOf('<p>q</p><!--fresh--><p>a</p>')).toEqual({ above: '<p>q</p>', fresh: '<p>a</p>', quoted: null });
  });
  it('parts as text alike', () => {
    const all = { signature_from: 4, quoted_from: 9 };
    expect(textParts('本文\n\n-- \n森\n\n> 前', all)).toEqual({ above: '', body: '本文', signature: '-- \n森', quoted: '> 前' });
    expect(textParts('> 前\n\n本文', { fresh_from: 5 })).toEqual({ above: '> 前', body: '本文', signature: '', quoted: '' });
    expect(textParts('本文', {})).toEqual({ above: '', body: '本文', signature: '', quoted: '' });
  });
});

describe('pictures', () => {
  const html = '<img src="api/v1/attachments/7" alt="a"><img width="1" src="api/v1/pictures/s-_/aHR0"><img alt="gone">';
  it('are told apart', () => {
    expect(ownPictures(html)).toEqual(['api/v1/attachments/7']);
    expect(outsidePictures(html)).toEqual(['api/v1/pictures/s-_/aHR0']);
  });
  it('that are not at hand leave their place and no address', () => {
    const shown = withPictures(html, new Map([['api/v1/attachments/7', 'data:image/png;base64,AA']]));
    expect(shown).toBe('<img src="data:image/png;base64,AA" alt="a"><img width="1"><img alt="gone">');
  });
});

describe('in the dark', () => {
  it('a letter with a ground of its own is known', () => {
    for (const own of ['<td bgcolor="#fff">', '<p style="background:#eee">', '<p style="background-color: white">'])
      expect(hasGround(own)).toBe(true);
    for (const none of ['<p style="background:transparent;color:red">', '<p>background: red</p>'.slice(3, 6)])
      expect(hasGround(none)).toBe(false);
  });
  it('dark words are lifted and bright ones stay', () => {
    expect(lifted('#ffcc00')).toBe('#ffcc00');
    expect(lifted('black')).toMatch(/^rgb\((\d+), \1, \1\)$/);
    expect(lifted('var(--x)')).toBe('var(--x)');
    expect(onDark('<p style="border-color:#000;color:#000">a</p><font color="#1F497D">')).toMatch(
      /border-color:#000;color:rgb\(.+?\)">a<\/p><font color="#[\da-f]{6}">/,
    );
  });
});
