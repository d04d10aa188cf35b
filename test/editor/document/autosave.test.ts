// What the editor makes of a server that comes and goes: nothing is lost, nothing is asked that is nobody's question.
import { expect, test } from 'vitest';
import { retryAfterIn } from '../../../editor/retry-after.ts';
import { Autosave, type Kept, type Saved, type SaveState } from '../../../editor/document/autosave.ts';
import type { Playbook } from '../../../engine/document.ts';
import { smallPlaybook } from '../../support/small-playbook.ts';

const titled = (title: string): Playbook =>
  ({ ...smallPlaybook(), title: { 'zh-CN': title } }) as unknown as Playbook;

/** A server that keeps a draft by its revision, and whose answers get lost when it is told so. */
class Server {
  document = titled('opened');
  revision = 1;
  losesAnswers = false;
  isAway = false;
  /** Has too much to do, and says for how long. */
  busyMs: number | undefined;
  asked = 0;
  readonly save = async (document: Playbook, revision: number): Promise<Saved> => {
    this.asked += 1;
    if (this.isAway) return { as: 'away' };
    if (this.busyMs !== undefined) return { as: 'busy', afterMs: this.busyMs };
    if (revision !== this.revision) return { as: 'conflict', theirs: this.#draft() };
    // As a database gives it back: equal, and with its keys in another order.
    this.document = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(document).toReversed())));
    this.revision += 1;
    return this.losesAnswers ? { as: 'away' } : { as: 'saved', revision: this.revision };
  };
  readonly #draft = () => ({ document: this.document, revision: this.revision });
}

function open(server: Server) {
  const states: SaveState[] = [];
  const kept: (Kept | undefined)[] = [];
  const { document, revision } = server;
  let timer: { readonly act: () => void; readonly ms: number } | undefined;
  const outside = {
    keep: (it: Kept | undefined) => kept.push(it),
    save: server.save,
    later: (act: () => void, ms: number) => {
      const own = { act, ms };
      timer = own;
      return () => {
        if (timer === own) timer = undefined;
      };
    },
  };
  const autosave = new Autosave({ document, saved: document, revision }, outside, (state) =>
    states.push(state),
  );
  return {
    autosave,
    state: () => states.at(-1),
    kept: () => kept.at(-1),
    timerMs: () => timer?.ms,
    /** The time of the timer has come. */
    ring: () => {
      const due = timer;
      timer = undefined;
      due?.act();
    },
  };
}

test('a save whose answer was lost is no conflict with oneself', async () => {
  const server = new Server();
  const { autosave, state, kept } = open(server);
  server.losesAnswers = true;
  autosave.changed(titled('one'));
  expect(await autosave.flush()).toBe(false);
  expect([state(), kept()?.document.title]).toEqual(['here', { 'zh-CN': 'one' }]);
  server.losesAnswers = false;
  expect(await autosave.flush()).toBe(true);
  expect([state(), kept(), autosave.revision]).toEqual(['saved', undefined, 2]);
});

test('nor is it when more was changed, and lost, and changed since', async () => {
  const server = new Server();
  const { autosave, state, kept } = open(server);
  server.losesAnswers = true;
  autosave.changed(titled('one'));
  await autosave.flush();
  server.isAway = true;
  autosave.changed(titled('two'));
  await autosave.flush();
  Object.assign(server, { isAway: false, losesAnswers: false });
  autosave.changed(titled('three'));
  expect(await autosave.flush()).toBe(true);
  expect([state(), kept(), server.document.title]).toEqual(['saved', undefined, { 'zh-CN': 'three' }]);
});

test('what somebody else has saved meanwhile still is one', async () => {
  const server = new Server();
  const { autosave, state, kept } = open(server);
  server.isAway = true;
  autosave.changed(titled('mine'));
  await autosave.flush();
  Object.assign(server, { isAway: false, document: titled('theirs'), revision: 2 });
  expect(await autosave.flush()).toBe(false);
  expect([state(), kept()?.document.title, server.document.title]).toEqual([
    'conflict',
    { 'zh-CN': 'mine' },
    { 'zh-CN': 'theirs' },
  ]);
});

test('a server with too much to do is not asked before it has said, and gets everything then', async () => {
  const server = new Server();
  const { autosave, state, kept, timerMs, ring } = open(server);
  server.busyMs = 42_000;
  autosave.changed(titled('one'));
  expect(await autosave.flush()).toBe(false);
  expect([state(), kept()?.document.title, timerMs()]).toEqual(['here', { 'zh-CN': 'one' }, 42_000]);
  // Neither a change nor an undo nor leaving brings it forward.
  autosave.changed(server.document);
  autosave.changed(titled('two'));
  expect(await autosave.flush()).toBe(false);
  expect([server.asked, timerMs(), state(), kept()?.document.title]).toEqual([
    1,
    42_000,
    'here',
    { 'zh-CN': 'two' },
  ]);
  server.busyMs = undefined;
  ring();
  await expect.poll(state).toBe('saved');
  expect([server.asked, server.document.title, kept(), timerMs()]).toEqual([
    2,
    { 'zh-CN': 'two' },
    undefined,
    undefined,
  ]);
});

test.each<[string | null, number | undefined]>([
  ['7', 7_000],
  ['0', 1_000],
  ['Sat, 28 Nov 2026 06:00:30 GMT', 30_000],
  ['Sat, 28 Nov 2026 05:00:00 GMT', 1_000],
  ['99999999999999', 2 ** 31 - 1],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j is %j ms', (header, ms) => {
  expect(retryAfterIn(header, Date.UTC(2026, 10, 28, 6))).toBe(ms);
});
