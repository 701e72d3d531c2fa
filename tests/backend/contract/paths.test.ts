import { expect, test } from 'vitest';
import { paths } from '../../../backend/contract/paths.ts';

test('paths encode ids so that an id cannot leave its segment', () => {
  expect(paths.sessionStatus('../a b')).toBe('/progress/..%2Fa%20b/status');
  expect(paths.batchStatus(['a,b', 'c'])).toBe('/progress/status?ids=a%2Cb,c');
});
