// Pasting: at once where everything is here; else first what is missing, with what could be made or taken instead.
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { create } from 'zustand';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { ROLES } from '../../engine/roles.ts';
import { fresh, type Piece } from '../document/clipboard.ts';
import { graphOf, type GraphName, type Point } from '../document/graphs.ts';
import { heightOf, placesOf, WIDTH } from '../document/arrange.ts';
import { useWay } from '../problems/go-to.ts';
import { paramTitle } from '../document/params.ts';
import { lacksOf, paste, type Answer, type Answers, type Lack, type LackKind } from '../document/pasting.ts';
import { act, useDesk } from '../document/store.ts';
import { Lacking, type LackingRow } from '../gallery/lacking.tsx';
import { NEED_WORDS, needsOf, type Needs } from '../gallery/needs.ts';
import { read, useSay, useSpeech, type Language, type Words } from '../say.ts';
import type { Box } from './guides.ts';
import { pointBelow } from './stage.ts';

interface Asking {
  readonly piece: Piece | undefined;
  readonly lacks: readonly Lack[];
}

const NOTHING: Asking = { piece: undefined, lacks: [] };
const useAsking = create<Asking>(() => NOTHING);

/** Pastes a piece into the graph that is open; asks first where something is missing. */
export function pasteHere(piece: Piece): void {
  const { history, graph } = useDesk.getState();
  if (history === undefined) return;
  const { document } = history.present;
  const made = fresh(document, piece, freeFor(document, graph, piece));
  const lacks = lacksOf(document, made, hasOf(document, made));
  if (lacks.length === 0) put(made, new Map());
  else useAsking.setState({ piece: made, lacks });
}

/** Under the pointer, or as far below as nothing is covered. */
function freeFor(document: Playbook, graph: GraphName, { nodes, places }: Piece): Point {
  const { x, y } = pointBelow();
  const here = placesOf(document, graph);
  const standing = graphOf(document, graph).nodes.map((node) => boxOf(node, here));
  const own = nodes.map((node) => boxOf(node, places));
  const free = Array.from({ length: 60 }, (_, no) => y + no * 40).find((top) =>
    own.every((box) => standing.every((other) => !covers({ ...box, x: box.x + x, y: box.y + top }, other))),
  );
  return { x, y: free ?? y };
}

const boxOf = (node: GraphNode, places: Readonly<Record<string, Point>>): Box => ({
  ...(Object.hasOwn(places, node.id) ? places[node.id]! : { x: 0, y: 0 }),
  width: WIDTH,
  height: heightOf(node),
});

const covers = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function put(piece: Piece, answers: Answers): void {
  const { history, graph } = useDesk.getState();
  if (history !== undefined) act(paste(history.present.document, graph, piece, answers));
  const ids = piece.nodes.map(({ id }) => id);
  useDesk.setState({ selected: ids, selectedEdges: [] });
  useWay.setState({ reveal: { ids } });
  useAsking.setState(NOTHING);
}

/** What is here: the team's channels and attributes, and the roles that people have or that this playbook names. */
function hasOf(document: Playbook, piece: Piece): Needs {
  const { team } = useDesk.getState();
  const wanted = needsOf({ ...document, graph: piece, journeys: {} });
  const own = needsOf(document);
  return {
    // What nobody has told us of is not called missing.
    channel:
      team.channels === undefined ? wanted.channel : ['simulator', ...team.channels.map(({ name }) => name)],
    attribute: team.attributes === undefined ? wanted.attribute : team.attributes.map(({ key }) => key),
    role: [...new Set([...Object.keys(ROLES), ...own.role])],
    playbook: wanted.playbook,
  };
}

const KIND_WORDS: Readonly<Record<LackKind, Words>> = {
  param: { zh: '参数', en: 'Parameter' },
  journey: { zh: '旅程', en: 'Journey' },
  channel: NEED_WORDS.channel,
  role: NEED_WORDS.role,
  attribute: NEED_WORDS.attribute,
  step: { zh: '步骤类型', en: 'Kind of step' },
};

export function PasteDialog() {
  const { piece, lacks } = useAsking();
  return piece === undefined ? null : <Asked key={lacks.length} piece={piece} lacks={lacks} />;
}

/** What one would do without being asked: bring along what can be brought. */
const usual = (lack: Lack): Answer => (lack.canMake ? { do: 'make' } : { do: 'leave' });

function Asked({ piece, lacks }: { readonly piece: Piece; readonly lacks: readonly Lack[] }) {
  const say = useSay();
  const [answers, answer] = useState<Answers>(() => new Map(lacks.map((lack) => [lack, usual(lack)])));
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const count = piece.nodes.length;
  const close = (): void => useAsking.setState(NOTHING);
  if (document === undefined) return null;
  return (
    <Modal
      open
      onCancel={close}
      title={say({ zh: `粘贴 ${count} 个步骤`, en: `Paste ${count} steps` })}
      footer={[
        <Button key="no" onClick={close}>
          {say({ zh: '取消', en: 'Cancel' })}
        </Button>,
        <Button key="yes" type="primary" autoFocus onClick={() => put(piece, answers)}>
          {say({ zh: '粘贴', en: 'Paste' })}
        </Button>,
      ]}
    >
      <Lacking
        title={{ zh: '这里还没有它们用到的这些', en: 'They name what is not here' }}
        advice={{
          zh: '可以一起带过来，也可以换成这里已有的。留着不动的会列在「问题」里。',
          en: 'Bring it along, or take what is here instead. Whatever is left stands among the problems.',
        }}
        rows={lacks.map((lack) =>
          rowOf(lack, {
            own: document,
            piece,
            language,
            value: answers.get(lack) ?? usual(lack),
            choose: (next) => answer(new Map([...answers, [lack, next]])),
          }),
        )}
      />
    </Modal>
  );
}

const MAKE_WORDS: Readonly<Partial<Record<LackKind, Words>>> = {
  param: { zh: '在这里也建一个', en: 'Make it here too' },
  journey: { zh: '把旅程一起带过来', en: 'Bring the journey along' },
};

type Names = Pick<Playbook, 'params' | 'journeys'>;

/** A choice as the one word of a list, and back. */
const wordOf = (answer: Answer): string => (answer.do === 'map' ? `map ${answer.to}` : answer.do);
const answerOf = (word: string): Answer =>
  word.startsWith('map ')
    ? { do: 'map', to: word.slice('map '.length) }
    : { do: word === 'make' ? 'make' : 'leave' };

interface Choosing {
  readonly own: Playbook;
  readonly piece: Piece;
  readonly language: Language;
  readonly value: Answer;
  readonly choose: (answer: Answer) => void;
}

function rowOf(
  { kind, name, instead, canMake }: Lack,
  { own, piece, language, value, choose }: Choosing,
): LackingRow {
  const say = (words: Words): string => words[language];
  const nameIn = (names: Names, it: string): string => {
    if (kind === 'param') return paramTitle(names, it, language);
    const title = Object.hasOwn(names.journeys ?? {}, it) ? read(names.journeys?.[it]?.title, language) : '';
    return kind === 'journey' && title !== '' ? title : it;
  };
  const from = {
    params: { type: 'object', properties: piece.params ?? {} },
    journeys: piece.journeys ?? {},
  } as unknown as Names;
  const make = MAKE_WORDS[kind];
  return {
    key: `${kind} ${name}`,
    kind: KIND_WORDS[kind],
    name: nameIn(from, name),
    value: wordOf(value),
    options: [
      ...(canMake && make !== undefined ? [{ value: 'make', label: say(make) }] : []),
      ...instead.map((it) => ({
        value: `map ${it}`,
        label: say({ zh: `换成「${nameIn(own, it)}」`, en: `Use “${nameIn(own, it)}”` }),
      })),
      { value: 'leave', label: say({ zh: '先这样', en: 'Leave it' }) },
    ],
    choose: (word) => choose(answerOf(word)),
  };
}
