// `kindling stuck`: which visits of a run wait for a decision, and one decision about all of them or some.
// The decision itself is the server's: here it is asked for and counted.
import type { Stuck } from '../../engine/run/protocol.ts';
import { AGAIN_WORDS } from '../../engine/run/words.ts';
import { readSettings } from '../settings.ts';
import { Api, type StuckVisit } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT, misuse } from './failure.ts';
import { jsonFlag, RUN } from './flags.ts';
import { placeOf, STUCK_REASONS } from './stuck.ts';
import type { Terminal } from './terminal.ts';

const REASONS = Object.keys(STUCK_REASONS).join(', ');
const MOST_LINES = 50;

export const resolve = defineCommand({
  name: 'stuck',
  argument: RUN,
  flags: {
    node: {
      value: 'ID',
      says: { zh: '只看这个步骤。', en: 'Only visits of this node.' },
      accepts: { zh: '步骤的 id', en: 'the id of a node' },
      read: (raw: string) => (raw === '' ? undefined : raw),
    },
    which: {
      value: 'REASON',
      says: { zh: '只看因此停住的。', en: 'Only visits that are stuck for this reason.' },
      accepts: { zh: REASONS, en: REASONS },
      read: (raw: string) => (Object.hasOwn(STUCK_REASONS, raw) ? (raw as Stuck['reason']) : undefined),
    },
    retry: { says: { zh: '再试一次。', en: 'Tries them again.' } },
    skip: { says: { zh: '跳过，从该步骤规定的出口走。', en: 'Skips them by the port of their step.' } },
    end: { says: { zh: '就此结束。', en: 'Ends them there.' } },
    json: jsonFlag,
  },
  says: {
    zh: '运行中停住、等人决定的到访；加 --retry、--skip 或 --end 作出决定。',
    en: 'Visits of a run that wait for a decision; --retry, --skip or --end decides.',
  },
  examples: ['kindling stuck 0198…', 'kindling stuck 0198… --node hook --which doubt --retry'],
  async run({ file: run, flags, terminal }) {
    const chosen = (['retry', 'skip', 'end'] as const).filter((it) => flags[it]);
    if (chosen.length > 1)
      throw misuse(
        '--retry、--skip、--end 只能选一个。',
        'Only one of --retry, --skip and --end can be chosen.',
      );
    const api = new Api(readSettings(), terminal.language);
    const { node, which } = flags;
    const [what] = chosen;
    const { stuck } = await api.stuck(run);
    const found = stuck.filter(
      (it) => (node === undefined || it.node === node) && (which === undefined || it.reason === which),
    );
    if (what === undefined) {
      print(found, { isJson: flags.json, terminal });
      return found.length === 0 ? EXIT.ok : EXIT.failed;
    }
    const decision = {
      do: what,
      ...(node === undefined ? {} : { node }),
      ...(which === undefined ? {} : { which }),
    };
    if (what === 'retry') warn(found, terminal);
    let decided = 0;
    for (let more = true; more;) {
      const answer = await api.decide(run, decision);
      decided += answer.decided;
      more = answer.more;
    }
    if (flags.json) terminal.print(JSON.stringify({ decided }));
    else terminal.print(terminal.say({ zh: `决定了 ${decided} 个。`, en: `${decided} decided.` }));
    return EXIT.ok;
  },
});

/** Says on stderr, before anything is tried again, what that means for what is in doubt. */
function warn(stuck: readonly Pick<StuckVisit, 'again'>[], terminal: Pick<Terminal, 'note' | 'say'>): void {
  for (const kind of AGAINS) {
    const count = stuck.filter(({ again }) => again === kind).length;
    if (count > 0) terminal.note(`${count} × ${terminal.say(AGAIN_WORDS[kind])}`);
  }
}

const AGAINS = ['asks', 'message', 'request'] as const;

function print(
  stuck: readonly StuckVisit[],
  { isJson, terminal }: { readonly isJson: boolean; readonly terminal: Terminal },
): void {
  if (isJson) {
    terminal.print(JSON.stringify({ stuck }));
    return;
  }
  if (stuck.length === 0) terminal.print(terminal.say({ zh: '没有停住的到访。', en: 'Nothing is stuck.' }));
  for (const visit of stuck.slice(0, MOST_LINES)) {
    const { at, reason, again } = visit;
    terminal.print(`${at}  ${placeOf(visit)}  ${terminal.say(STUCK_REASONS[reason])}`);
    if (again !== null) terminal.print(`    ${terminal.say(AGAIN_WORDS[again])}`);
  }
  const left = stuck.length - MOST_LINES;
  if (left > 0) terminal.print(terminal.say({ zh: `……还有 ${left} 处`, en: `… and ${left} more` }));
}
