import { describe, expect, test } from 'vitest';
import { ann, draftsOf, inShort } from '../../test/harness/cast.ts';
import { blocksLimit, decideBlock, refuseBlocked } from './blocks.ts';

describe('a block', () => {
  const set = (userId: string, isBlocked: boolean, blocked: readonly string[] = []) =>
    decideBlock({ type: 'SetBlock', userId, isBlocked }, ann, new Set(blocked));

  test('is made once, and lifted once', () => {
    expect(draftsOf(set('bob', true))).toEqual([
      { type: 'BlockChanged', userId: 'ann', blockedId: 'bob', isBlocked: true, actorId: 'ann' },
    ]);
    expect(inShort(set('bob', true, ['bob']))).toBe('');
    expect(inShort(set('bob', false, ['bob']))).toBe('BlockChanged');
    expect(inShort(set('bob', false))).toBe('');
  });

  test('of oneself, or of too many, is refused', () => {
    expect(inShort(set('ann', true))).toBe('INVALID');
    const many = Array.from({ length: blocksLimit }, (_, n) => `${n}`);
    expect(inShort(set('bob', true, many))).toBe('INVALID');
    expect(inShort(set('0', false, many))).toBe('BlockChanged');
  });

  test('tells who blocked that they did, and the other one no more than that they are refused', () => {
    expect(refuseBlocked('none')).toBeUndefined();
    expect(refuseBlocked('bySelf')?.message).toContain('Unblock');
    expect(refuseBlocked('byOther')?.message).not.toContain('block');
  });
});
