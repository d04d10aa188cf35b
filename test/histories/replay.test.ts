// Old runs are promises: every recorded history, of every semantics number, must replay by the present build.
// A failure here means that running campaigns would break: keep the old behaviour behind its semantics number.
import { expect, test } from 'vitest';
import { recordings, replay } from '../support/bundle-histories.ts';

const names = recordings();

test('there are recordings', () => {
  expect(names.length).toBeGreaterThan(0);
});

test.each(names)('%s replays', (name) => replay(name), 30_000);
