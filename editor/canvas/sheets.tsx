// What opens above the canvas: every command and every place by name, the shortcuts, and where a port may lead.
import { Empty, Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { CAMPAIGN, drawingOf, edgeFrom, graphNames, graphOf, nodeOf } from '../document/graphs.ts';
import type { Reader } from '../document/names.ts';
import { useReader } from '../document/use-names.ts';
import { paramsOf, paramTitle } from '../document/params.ts';
import { useDesk } from '../document/store.ts';
import { show, useWay } from '../problems/go-to.ts';
import { read, useSay, useSpeech, type Words } from '../say.ts';
import { draw } from './connect.ts';
import { focusCanvas } from './areas.ts';
import { DEEDS, GROUPS, perform, type Deed } from './deeds.ts';
import { here } from './do.ts';
import { nameOf, sayNode } from './say-node.ts';
import { openSheet, useStage } from './stage.ts';
import { placesOf } from '../document/arrange.ts';

export function Sheets() {
  const sheet = useStage(({ sheet: it }) => it);
  if (sheet === 'commands' || sheet === 'find') return <CommandSheet onlyPlaces={sheet === 'find'} />;
  if (sheet === 'shortcuts') return <ShortcutSheet />;
  return sheet === 'connect' ? <ConnectSheet /> : null;
}

/** Closes what is open; the focus goes back to the canvas, from where all of this is opened. */
function close(): void {
  openSheet(undefined);
  requestAnimationFrame(focusCanvas);
}

/** One line of a list that is searched by typing. */
interface Entry {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly search: string;
  readonly run: () => void;
}

/** A dialog with a list that typing narrows: arrows choose, Enter takes. */
function Chooser({
  title,
  placeholder,
  entries,
  empty,
}: {
  readonly title: string;
  readonly placeholder: string;
  readonly entries: readonly Entry[];
  readonly empty: ReactNode;
}) {
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const words = search.trim().toLowerCase().split(/\s+/);
  const found = entries.filter((entry) => words.every((word) => entry.search.includes(word))).slice(0, 60);
  const chosen = Math.min(at, found.length - 1);
  const take = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    close();
    entry.run();
  };
  return (
    <Modal open footer={null} onCancel={close} title={title} width={560}>
      <Input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="chooser-list"
        aria-activedescendant={chosen < 0 ? undefined : `chooser-${chosen}`}
        aria-label={placeholder}
        placeholder={placeholder}
        value={search}
        onChange={({ target }) => {
          setSearch(target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step !== undefined) {
            event.preventDefault();
            setAt(Math.max(0, Math.min(found.length - 1, chosen + step)));
          }
          if (event.key === 'Enter') take(found[chosen]);
        }}
      />
      {found.length === 0 ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} /> : null}
      <ul className="chooser" id="chooser-list" role="listbox" aria-label={title}>
        {found.map((entry, no) => (
          <li
            key={entry.id}
            id={`chooser-${no}`}
            role="option"
            aria-selected={no === chosen}
            ref={no === chosen ? scrollToIt : undefined}
            onClick={() => take(entry)}
          >
            <span>{entry.label}</span>
            <small>{entry.hint}</small>
          </li>
        ))}
      </ul>
    </Modal>
  );
}

/** A key as people see it on their keyboard. */
export const shownKey = (key: string): string => {
  const isMac = navigator.platform.startsWith('Mac');
  return key
    .replace('Mod+', isMac ? '⌘' : 'Ctrl+')
    .replace('Shift+', isMac ? '⇧' : 'Shift+')
    .replace(/(?<=^|[+⌘⇧])[a-z]$/, (letter) => letter.toUpperCase());
};

/** The arrow keys never leave the view. */
const scrollToIt = (row: HTMLElement | null): void => {
  row?.scrollIntoView({ block: 'nearest' });
};

const hintOf = (deed: Deed): string => (deed.keys === undefined ? '' : shownKey(deed.keys[0]!));

/** Deeds that can be done now; opening this very dialog is not one. */
const deedsNow = (): readonly Deed[] => {
  const at = here();
  return DEEDS.filter(({ id, can }) => id !== 'commands' && at !== undefined && can?.(at) !== false);
};

function CommandSheet({ onlyPlaces }: { readonly onlyPlaces: boolean }) {
  const say = useSay();
  const reader = useReader();
  const document = useDesk(({ history }) => history?.present.document);
  const deeds = onlyPlaces
    ? []
    : deedsNow().map((deed): Entry => ({
        id: deed.id,
        label: say(deed.says),
        hint: hintOf(deed),
        search: `${deed.says.zh} ${deed.says.en}`.toLowerCase(),
        run: () => perform(deed),
      }));
  const places = document === undefined ? [] : placesIn(document, reader);
  return (
    <Chooser
      title={say(onlyPlaces ? { zh: '查找', en: 'Find' } : { zh: '命令', en: 'Commands' })}
      placeholder={say(
        onlyPlaces
          ? { zh: '步骤、文字、参数、便签…', en: 'Steps, texts, parameters, notes…' }
          : { zh: '输入命令，或步骤、参数的名字', en: 'A command, or the name of a step or parameter' },
      )}
      entries={[...deeds, ...places]}
      empty={say({ zh: '没有找到', en: 'Nothing found' })}
    />
  );
}

/** Everything of a playbook that one may want to go to. */
function placesIn(document: Playbook, reader: Reader): readonly Entry[] {
  const { language } = reader;
  const graphs = graphNames(document);
  const titleOf = (graph: string): string =>
    graph === CAMPAIGN
      ? { zh: '活动', en: 'Activity' }[language]
      : read(document.journeys?.[graph]?.title, language);
  const steps = graphs.flatMap((graph) =>
    graphOf(document, graph).nodes.map((node): Entry => {
      const name = nameOf(node, language);
      const texts = JSON.stringify(node.config ?? {});
      return {
        id: `${graph} ${node.id}`,
        label: name,
        hint: `${graphs.length > 1 ? `${titleOf(graph)} · ` : ''}${sayNode(node, reader)}`,
        search: `${name} ${Object.values(node.title ?? {}).join(' ')} ${node.id} ${texts}`.toLowerCase(),
        run: () => show(graph, [node.id]),
      };
    }),
  );
  const notes = graphs.flatMap((graph) =>
    drawingOf(document, graph).notes.map(({ id, text }): Entry => ({
      id: `${graph} ${id}`,
      label: text.slice(0, 60),
      hint: { zh: '便签', en: 'Note' }[language],
      search: text.toLowerCase(),
      run: () => show(graph, [id]),
    })),
  );
  const params = Object.keys(paramsOf(document)).map((name): Entry => {
    const title = paramTitle(document, name, language);
    return {
      id: `param ${name}`,
      label: title,
      hint: { zh: '参数', en: 'Parameter' }[language],
      search: `${title} ${name}`.toLowerCase(),
      run: () => {
        useDesk.setState({ selected: [], selectedEdges: [] });
        useWay.setState({ tab: 'params' });
      },
    };
  });
  const journeys = graphs.slice(1).map((graph): Entry => ({
    id: `journey ${graph}`,
    label: titleOf(graph),
    hint: { zh: '旅程', en: 'Journey' }[language],
    search: `${titleOf(graph)} ${graph}`.toLowerCase(),
    run: () => show(graph, []),
  }));
  return [...steps, ...notes, ...params, ...journeys];
}

const WALKING: readonly (Words & { readonly key: string })[] = [
  { key: '← → ↑ ↓', zh: '沿着连线走', en: 'Walk along the wires' },
  { key: 'Enter', zh: '到设置里', en: 'To the settings' },
  { key: 'M', zh: '拿起来移动，回车放下', en: 'Take up to move, Enter puts down' },
  { key: 'Shift+← →', zh: '连着选', en: 'Select along the wires' },
  { key: 'Esc', zh: '回到画布，再按取消选择', en: 'Back to the canvas, then select nothing' },
];

function ShortcutSheet() {
  const say = useSay();
  return (
    <Modal open footer={null} onCancel={close} title={say({ zh: '快捷键', en: 'Shortcuts' })} width={640}>
      <div className="shortcuts">
        <section>
          <h3>{say({ zh: '在画布上', en: 'On the canvas' })}</h3>
          <dl>
            {WALKING.map((it) => (
              <div key={it.key}>
                <dt>{say(it)}</dt>
                <dd>
                  <kbd>{it.key}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
        {Object.entries(GROUPS).map(([group, words]) => {
          const own = DEEDS.filter((deed) => deed.group === group && deed.keys !== undefined);
          return own.length === 0 ? null : (
            <section key={group}>
              <h3>{say(words)}</h3>
              <dl>
                {own.map(({ id, says, keys = [] }) => (
                  <div key={id}>
                    <dt>{say(says)}</dt>
                    <dd>
                      {keys.map((key) => (
                        <kbd key={key}>{shownKey(key)}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Modal>
  );
}

/** From which port to which step: open ports first, near steps first. A refusal says why, and the list stays. */
function ConnectSheet() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const at = here();
  const [id] = at?.steps ?? [];
  const drawn = at === undefined ? undefined : graphOf(at.document, at.graph);
  const node = drawn === undefined || id === undefined ? undefined : nodeOf(drawn, id);
  if (at === undefined || drawn === undefined || node === undefined) return null;
  const places = placesOf(at.document, at.graph);
  const far = (other: string): number =>
    Math.hypot(
      (places[other]?.x ?? 0) - (places[node.id]?.x ?? 0),
      (places[other]?.y ?? 0) - (places[node.id]?.y ?? 0),
    );
  const isOpen = (port: string): boolean => edgeFrom(drawn, node.id, port) === undefined;
  const ports = labelledPortsOf(node).toSorted((a, b) => Number(isOpen(b.name)) - Number(isOpen(a.name)));
  const targets = drawn.nodes.filter((it) => it.id !== node.id).toSorted((a, b) => far(a.id) - far(b.id));
  const entries = ports.flatMap(({ name, label }) =>
    targets.map((target): Entry => {
      const to = nameOf(target, language);
      return {
        id: `${name} ${target.id}`,
        label: `${label[language]} → ${to}`,
        hint: isOpen(name) ? '' : say({ zh: '改接', en: 'instead of what it leads to' }),
        search: `${label.zh} ${label.en} ${to} ${target.id}`.toLowerCase(),
        run: () => draw({ from: node.id, port: name, to: target.id }),
      };
    }),
  );
  return (
    <Chooser
      title={say({ zh: `「${nameOf(node, 'zh')}」连接到`, en: `Connect “${nameOf(node, 'en')}” to` })}
      placeholder={say({ zh: '出口或步骤的名字', en: 'Name of an exit or a step' })}
      entries={entries}
      empty={say({ zh: '没有可以连接的步骤', en: 'There is no step to connect to' })}
    />
  );
}
