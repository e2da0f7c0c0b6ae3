import { describe, expect, it } from 'vitest';
import { letIn } from './letIn.ts';

const wall = (more: object) => ({ id: 1, name: '人事', open: false, agents: [], teams: [], revision: 1, ...more });

describe('who is let behind a wall', () => {
  it('is everybody where it is open', () => expect(letIn(wall({ open: true }), 7, [])).toBe(true));
  it('is who is named, or in a team that is', () => {
    expect(letIn(wall({ agents: [7] }), 7, [])).toBe(true);
    expect(letIn(wall({ teams: [3] }), 7, [2, 3])).toBe(true);
  });
  it('is nobody else', () => expect(letIn(wall({ agents: [8], teams: [3] }), 7, [2])).toBe(false));
});
