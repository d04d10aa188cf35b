// What can be mended at a click: for a code of the catalogue, the command that makes the problem go away.
// Each fix is an ordinary command of the undo history. Views ask for a problem's fix and know no code.
import { DEFAULT_QUIET } from '../../engine/effects/send-gate.ts';
import { inside } from '../../engine/compile/pointer.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Problem, ProblemCode } from '../../engine/problem.ts';
import { arrange, placesOf, WIDTH } from '../document/arrange.ts';
import { jsonAt, setAt } from '../document/at.ts';
import {
  addNode,
  disconnect,
  newNodeId,
  removeNodes,
  setFacet,
  setPart,
  type Command,
} from '../document/commands.ts';
import { CAMPAIGN, edgeFrom, graphOf, nodeOf, type Point } from '../document/graphs.ts';
import { paramsOf, withParam } from '../document/params.ts';
import { isRecord } from '../values.ts';
import { nodeAt } from './where.ts';

type Fix = (problem: Problem, document: Playbook) => Command | undefined;

/** The command that mends a problem; undefined where somebody has to think. */
export const fixOf = (problem: Problem, document: Playbook): Command | undefined =>
  FIXES[problem.code]?.(problem, document);

const says = (zh: string, en: string): Command['says'] => ({ zh, en });

/** Takes away the value that the problem is about. */
const removeValue: Fix = ({ place: { pointer } }) =>
  pointer === undefined ? undefined : setAt(pointer, undefined, says('删掉这一项', 'Remove it'));

/** Puts a value in its place. */
const put =
  (value: Json, zh: string, en: string): Fix =>
  ({ place: { pointer } }) =>
    pointer === undefined ? undefined : setAt(pointer, value, says(zh, en));

/** What was probably meant, where the compiler has an idea. */
const useNearest: Fix = ({ place: { pointer }, values }) => {
  const nearest = String(values['nearest'] ?? '');
  return nearest === '' || pointer === undefined
    ? undefined
    : setAt(pointer, nearest, says(`改成「${nearest}」`, `Use “${nearest}”`));
};

/** A channel is named once for all the steps that send by it: all of them are put right. */
const useNearestChannel: Fix = (problem, document) => {
  const fix = useNearest(problem, document);
  if (fix === undefined) return undefined;
  const { channel, nearest } = problem.values;
  const drawings = { '/graph': document.graph, ...journeysOf(document) };
  const pointers = Object.entries(drawings).flatMap(([at, { nodes }]) =>
    nodes.flatMap(({ config = {} }, no) =>
      config['channel'] === channel ? [`${at}/nodes/${no}/config/channel`] : [],
    ),
  );
  const all = pointers.map((pointer) => setAt(pointer, nearest ?? null, fix.says));
  return { ...fix, apply: (before) => [fix, ...all].reduce((now, { apply }) => apply(now), before) };
};

/** Drawings of journeys by their pointers. */
const journeysOf = ({ journeys = {} }: Playbook): Readonly<Record<string, Playbook['graph']>> =>
  Object.fromEntries(
    Object.entries(journeys).map(([id, { graph }]) => [inside('/journeys', id) + '/graph', graph]),
  );

const removeEdge: Fix = ({ place }) =>
  place.edge === undefined ? undefined : disconnect(place.graph ?? CAMPAIGN, [place.edge]);

const removeNode: Fix = ({ place }, document) =>
  place.node === undefined ? undefined : removeNodes(document, place.graph ?? CAMPAIGN, [place.node]);

/** Leads an open port to an end of its own. */
const endIt: Fix = ({ place: { graph = CAMPAIGN, node, port } }, document) => {
  if (node === undefined || port === undefined) return undefined;
  const before = nodeOf(graphOf(document, graph), node);
  if (before === undefined || edgeFrom(graphOf(document, graph), node, port) !== undefined) return undefined;
  const phase = before.phase === undefined ? {} : { phase: before.phase };
  const id = newNodeId(document, 'end');
  const add = addNode(graph, { id, step: 'end', config: {}, ...phase }, placeAfter(document, graph, node), {
    node,
    port,
  });
  return { ...add, says: says('接到「结束」', 'Lead it to an end') };
};

const placeAfter = (document: Playbook, graph: string, node: string): Point => {
  const { x, y } = placesOf(document, graph)[node] ?? { x: 0, y: 0 };
  return { x: x + WIDTH + 72, y };
};

const addStart: Fix = ({ place: { graph = CAMPAIGN } }, document) => {
  const step = graph === CAMPAIGN ? 'start' : 'enter';
  const places = Object.values(arrange(document, graph));
  const left = Math.min(0, ...places.map(({ x }) => x)) - WIDTH - 72;
  const add = addNode(graph, { id: newNodeId(document, step), step, config: {} }, { x: left, y: 0 });
  return { ...add, says: says('放一个起点', 'Add a start') };
};

const addReview: Fix = (_problem, document) => {
  const right = Math.max(0, ...Object.values(placesOf(document, CAMPAIGN)).map(({ x }) => x + WIDTH + 72));
  const phase = document.phases?.at(-1)?.id;
  const id = newNodeId(document, 'report');
  const node = { id, step: 'report', config: { role: 'owner' }, ...(phase === undefined ? {} : { phase }) };
  return { ...addNode(CAMPAIGN, node, { x: right, y: 0 }), says: says('加上复盘', 'Add a review') };
};

/** Moves a fixed time out of the night: it then waits for the morning. */
const byDay: Fix = ({ place: { pointer } }, document) => {
  const rule = pointer === undefined ? undefined : jsonAt(document, pointer);
  if (pointer === undefined || !isRecord(rule)) return undefined;
  const window = { from: DEFAULT_QUIET.to, to: DEFAULT_QUIET.from };
  return setAt(
    pointer,
    { ...rule, window },
    says(`推迟到早上 ${window.from}`, `Put it off to ${window.from}`),
  );
};

const OPT_OUT: Readonly<Record<string, string>> = {
  'zh-CN': '不想再收到，请回复 T 退订。',
  en: 'Reply T to stop.',
};

const addOptOut: Fix = ({ place: { pointer } }, document) => {
  if (pointer === undefined) return undefined;
  const locales = document.locales ?? ['zh-CN'];
  const text = Object.fromEntries(locales.map((locale) => [locale, OPT_OUT[locale] ?? OPT_OUT['en']!]));
  return setAt(pointer, text, says('加上退订说明', 'Add a way to opt out'));
};

const CONSENTED = { field: 'member.consent', operator: '=', value: true } as const;

const addConsent: Fix = ({ place: { pointer } }, document) => {
  const rule = pointer === undefined ? undefined : jsonAt(document, pointer);
  if (pointer === undefined || !isRecord(rule)) return undefined;
  const cel = rule['cel'];
  const next: JsonObject =
    typeof cel === 'string'
      ? { cel: `(${cel}) && member.consent` }
      : { combinator: 'and', rules: [rule, CONSENTED] };
  return setAt(pointer, next, says('只发给已同意的人', 'Only to those who agreed'));
};

const makeMarketing: Fix = (problem, document) => {
  const node = nodeAt(document, problem.place);
  const base = /^.*\/nodes\/\d+/.exec(problem.place.pointer ?? '')?.[0];
  if (node === undefined || base === undefined) return undefined;
  const optOut = addOptOut({ ...problem, place: { pointer: `${base}/config/optOut` } }, document);
  const turn = setAt(`${base}/config/class`, 'marketing', says('', ''));
  const hasWay = node.config?.['optOut'] !== undefined;
  return {
    says: says('改为营销消息', 'Make it marketing'),
    apply: (before) => turn.apply(hasWay || optOut === undefined ? before : optOut.apply(before)),
  };
};

const dropParam: Fix = ({ values }, document) => {
  const name = String(values['param'] ?? '');
  if (!Object.hasOwn(paramsOf(document), name)) return undefined;
  return {
    ...setPart('params', withParam(document, name, undefined)),
    says: says('删除这个参数', 'Remove the parameter'),
  };
};

/** Declares what a place already uses; unless another name was meant. */
const declare =
  (key: 'param' | 'anchor', schema: JsonObject, isRequired: boolean): Fix =>
  (problem, document) => {
    const near = useNearest(problem, document);
    if (near !== undefined) return near;
    const name = String(problem.values[key] ?? '');
    if (!/^[A-Za-z]\w*$/.test(name)) return undefined;
    return {
      ...setPart('params', withParam(document, name, { name, schema, isRequired })),
      says: says(`添加参数「${name}」`, `Declare “${name}”`),
    };
  };

const makeDate: Fix = ({ values }, document) => {
  const name = String(values['anchor'] ?? '');
  const { title } = paramsOf(document)[name] ?? {};
  const schema = { type: 'string', format: 'date-time', ...(title === undefined ? {} : { title }) };
  const params = withParam(document, name, { name, schema, isRequired: true });
  return { ...setPart('params', params), says: says('改成日期', 'Make it a date') };
};

/** Shares that add up to a hundred, in the proportions of now. */
const shareOut: Fix = ({ place: { pointer } }, document) => {
  const rows = pointer === undefined ? undefined : jsonAt(document, pointer);
  if (pointer === undefined || !Array.isArray(rows)) return undefined;
  const shares = (rows as readonly JsonObject[]).map(({ percent }) => Math.max(0, Number(percent) || 0));
  const sum = shares.reduce((a, b) => a + b, 0);
  const whole = shares.map((share) => Math.floor(sum === 0 ? 100 / rows.length : (share * 100) / sum));
  let rest = 100 - whole.reduce((a, b) => a + b, 0);
  const next = (rows as readonly JsonObject[]).map((row, i) => {
    const extra = rest > 0 ? 1 : 0;
    rest -= extra;
    return { ...row, percent: whole[i]! + extra };
  });
  return setAt(pointer, next, says('按比例调到 100%', 'Scale them to 100 %'));
};

const onlyOnce: Fix = ({ place: { pointer }, values }, document) => {
  const list = pointer === undefined ? undefined : jsonAt(document, pointer);
  const second = Number(values['second']) - 1;
  return pointer !== undefined && Array.isArray(list) && second in list
    ? setAt(
        pointer,
        (list as readonly Json[]).toSpliced(second, 1),
        says('去掉重复的', 'Remove the repetition'),
      )
    : undefined;
};

const launchIt: Fix = ({ values }, document) => {
  const journey = String(values['journey'] ?? '');
  const right = Math.max(0, ...Object.values(placesOf(document, CAMPAIGN)).map(({ x }) => x + WIDTH + 72));
  const node = { id: newNodeId(document, 'journey'), step: 'journey', config: { journey } };
  return {
    ...addNode(CAMPAIGN, node, { x: right, y: 0 }),
    says: says('加一步启动它', 'Add a step that launches it'),
  };
};

const switchOn: Fix = ({ place: { graph = CAMPAIGN, node } }) =>
  node === undefined ? undefined : setFacet(graph, node, 'off', undefined);

const leavePhase: Fix = ({ place: { graph = CAMPAIGN, node } }) =>
  node === undefined
    ? undefined
    : {
        ...setFacet(graph, node, 'phase', undefined),
        says: says('不属于任何阶段', 'Leave it out of phases'),
      };

const bounded: Fix = ({ place: { pointer } }) => {
  const base = /^.*\/nodes\/\d+/.exec(pointer ?? '')?.[0];
  return base === undefined
    ? undefined
    : setAt(`${base}/config/max`, 10, says('最多 10 次', 'At most 10 times'));
};

const fewer: Fix = ({ place: { pointer }, values }) => {
  const base = /^.*\/nodes\/\d+/.exec(pointer ?? '')?.[0];
  const limit = Number(values['limit']);
  return base === undefined || !Number.isFinite(limit)
    ? undefined
    : setAt(`${base}/config/max`, limit, says(`改为 ${limit} 次`, `Make it ${limit}`));
};

const waitForAll: Fix = ({ place: { pointer } }) => {
  const base = /^.*\/nodes\/\d+/.exec(pointer ?? '')?.[0];
  return base === undefined
    ? undefined
    : setAt(`${base}/config`, { need: 'all' }, says('等所有分支', 'Wait for all branches'));
};

const FIXES: Readonly<Partial<Record<ProblemCode, Fix>>> = {
  'E-UNKNOWN-KEY': removeValue,
  'E-NO-USE': removeValue,
  'E-CHOICE': useNearest,
  'E-SAME-ITEMS': onlyOnce,
  'E-OFF-BLOCK': switchOn,
  'E-PHASE-UNKNOWN': leavePhase,
  'W-JOURNEY-UNUSED': launchIt,
  'W-REHEARSAL': removeValue,
  'E-PARAM-UNKNOWN': declare('param', { type: 'string' }, true),
  'W-PARAM-UNUSED': dropParam,
  'E-ANCHOR-UNKNOWN': declare('anchor', { type: 'string', format: 'date-time' }, true),
  'E-ANCHOR-TYPE': makeDate,
  'E-ZONE': put('Asia/Shanghai', '改成北京时间', 'Use Asia/Shanghai'),
  'W-CHANNEL-UNKNOWN': useNearestChannel,
  'E-METRIC-UNKNOWN': useNearest,
  'E-METRIC-WINDOW': removeValue,
  'E-JOURNEY-UNKNOWN': useNearest,
  'E-WATCH-OFTEN': put('PT5M', '每 5 分钟看一次', 'Look every five minutes'),
  'E-SPLIT-SUM': shareOut,
  'E-EDGE-DANGLING': removeEdge,
  'E-PORT-UNKNOWN': removeEdge,
  'E-PORT-TWICE': removeEdge,
  'E-PORT-OPEN': endIt,
  'E-WAIT-NO-TIMEOUT': endIt,
  'E-EDGE-INTO-START': removeEdge,
  'E-NO-START': addStart,
  'E-MANY-STARTS': removeNode,
  'E-UNREACHABLE': removeNode,
  'E-INTO-PARALLEL': removeEdge,
  'E-INTO-REPEAT': removeEdge,
  'E-OUT-OF-PARALLEL': removeEdge,
  'E-OUT-OF-REPEAT': removeEdge,
  'E-BRANCHES-MEET': removeEdge,
  'E-INTERLEAVE': removeEdge,
  'E-JOIN-ALONE': removeEdge,
  'E-CYCLE': removeEdge,
  'E-LOOP-UNBOUNDED': bounded,
  'E-LIMIT-ROUNDS': fewer,
  'E-SPIN': fewer,
  'E-JOIN-NEED': waitForAll,
  'E-QUIET': byDay,
  'E-NO-OPTOUT': addOptOut,
  'E-NO-CONSENT': addConsent,
  'W-CLASS': makeMarketing,
  'E-HUMAN-ONLY': put('hold', '标红继续等，不自动放行', 'Keep waiting, marked in red'),
  'W-NO-REVIEW': addReview,
};
