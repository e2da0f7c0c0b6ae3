import { expect, it } from 'vitest';
import { circleOf, outsiders } from './outside.ts';

const who = (list: string[], circle = circleOf(['mori@hokuto.example', 'soumu@gmail.com'], ['hokuto-group.example'])) =>
  outsiders(
    list.map((email) => ({ name: null, email })),
    circle,
  ).map((a) => a.email);

it('whoever writes from the same house belongs to a ticket, and whoever is on it', () => {
  expect(who(['Soumu@Gmail.com', 'x@hokuto.example', 'y@mail.hokuto-group.example'])).toEqual([]);
});
it('another house does not, nor a neighbour at a mailbox that anybody may have', () => {
  expect(who(['x@else.example', 'y@gmail.com', 'z@nothokuto.example'])).toEqual(['x@else.example', 'y@gmail.com', 'z@nothokuto.example']);
});
it('what is no address is told in another place', () => {
  expect(who(['こわれた宛先'])).toEqual([]);
});
