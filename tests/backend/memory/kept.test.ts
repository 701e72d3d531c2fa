import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Kept } from '../../../backend/memory/kept.ts';

const KB = 1024;

test('Kept never weighs more than it may, and loses nothing without telling', () => {
  const step = fc.record({
    key: fc.nat(20),
    bytes: fc.nat(6 * KB),
    act: fc.constantFrom('set', 'get', 'delete'),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const inside = new Map<number, string>();
    const kept = new Kept<number, string>(16 * KB, (value, key) => {
      expect(inside.get(key)).toBe(value);
      inside.delete(key);
    });
    for (const [at, { key, bytes, act }] of steps.entries()) {
      if (act === 'get') expect(kept.get(key)).toBe(inside.get(key));
      if (act === 'delete') expect(kept.delete(key)).toBe(inside.delete(key));
      if (act === 'set') {
        inside.set(key, `${at}`);
        kept.set(key, `${at}`, bytes);
      }
      expect(kept.bytes).toBeLessThanOrEqual(16 * KB);
      expect([...kept.values()].sort()).toEqual([...inside.values()].sort());
    }
    for (const key of [...inside.keys()]) kept.delete(key);
    expect([kept.bytes, kept.size]).toEqual([0, 0]);
  }));
});

test('Kept lets go of what nobody asked for first, and of what is too large at once', () => {
  const gone: string[] = [];
  const kept = new Kept<string, string>(4 * KB, (value) => gone.push(value));
  for (const key of ['a', 'b', 'c', 'd']) kept.set(key, key, KB);
  // The first that does not fit takes everybody's first chance and the place of the oldest.
  kept.set('e', 'e', KB);
  expect(gone).toEqual(['a']);
  kept.get('b');
  kept.set('f', 'f', KB);
  expect(gone).toEqual(['a', 'c']);
  kept.set('huge', 'huge', 5 * KB);
  expect([gone.at(-1), kept.get('huge'), kept.get('b')]).toEqual(['huge', undefined, 'b']);
});
