// Old runs are promises: every recorded history, of every semantics number, must replay by the present build.
// A failure here means that running campaigns would break: keep the old behaviour behind its semantics number.
import { expect, test } from 'vitest';
import { carriedIn, recordings, replay } from '../support/bundle-histories.ts';

const names = recordings();

test('there are recordings', () => {
  expect(names.length).toBeGreaterThan(0);
});

test.each(names)('%s replays', (name) => replay(name), 30_000);

test('every form of what is carried into a new history is among them', () => {
  const carried = names.flatMap((name) => carriedIn(name) ?? []);
  const forms = {
    older: carried.some(({ reissue }) => reissue === undefined),
    results: carried.some(({ reissue, results }) => reissue === false && results.length > 0),
    dropped: carried.some(({ dropped = [] }) => dropped.length > 0),
    restored: carried.some(({ reissue }) => reissue === true),
  };
  expect(forms).toEqual({ older: true, results: true, dropped: true, restored: true });
});
