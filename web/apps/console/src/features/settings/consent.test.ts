import { expect, test } from 'vitest';
import { cameBack } from './cameBack.ts';

test('what a provider sent back', () => {
  expect(cameBack('?code=4%2F0Ab&state=s-_1&iss=https%3A%2F%2Fid.example.jp')).toEqual({
    state: 's-_1',
    code: '4/0Ab',
    iss: 'https://id.example.jp',
    error: undefined,
    error_description: undefined,
  });
  expect(cameBack('?state=%22123%22&error=access_denied')).toMatchObject({ state: '123', error: 'access_denied', code: undefined });
  expect(cameBack('?code=x')).toBeNull();
  expect(cameBack('')).toBeNull();
});
