// The JSON Schema of a playbook, made from the step registry.
// Not the checking of a document against it, see validators.ts. What a schema cannot say is in the checks beside it.
import { timeRuleSchema } from '../calendar/time-rule.ts';
import type { JsonSchema } from '../json.ts';
import { conditionSchema } from '../language/rule.ts';
import { textSchema } from '../steps/shapes.ts';
import type { Registry } from './draft.ts';

/** Patterns of the names that a document gives. */
export const NAMES = {
  id: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
  port: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
  locale: '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$',
  param: '^[A-Za-z_][A-Za-z0-9_]{0,63}$',
} as const;

const text = (most: number): JsonSchema => ({
  type: 'object',
  minProperties: 1,
  maxProperties: 20,
  propertyNames: { pattern: NAMES.locale },
  additionalProperties: { type: 'string', maxLength: most },
});

const id: JsonSchema = { type: 'string', pattern: NAMES.id };
const duration: JsonSchema = { type: 'string', format: 'duration', maxLength: 64 };
const role: JsonSchema = { type: 'string', minLength: 1, maxLength: 100 };
const share: JsonSchema = { type: 'number', minimum: 0, maximum: 1 };

const object = (
  required: readonly string[],
  properties: Readonly<Record<string, JsonSchema>>,
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

const edge = object(['id', 'from', 'port', 'to'], {
  id,
  from: id,
  port: { type: 'string', pattern: NAMES.port },
  to: id,
});

const goal = object(['metric', 'baseline', 'target', 'deadline', 'guardrails'], {
  metric: role,
  window: duration,
  baseline: {},
  target: {},
  deadline: timeRuleSchema,
  guardrails: {
    type: 'array',
    maxItems: 20,
    items: object(['metric', 'atMost'], { metric: role, atMost: {} }),
  },
});

const phase = object(['id', 'title'], {
  id,
  title: text(200),
  starts: timeRuleSchema,
  ends: timeRuleSchema,
  owner: role,
  goal: text(1_000),
});

const shares: JsonSchema = { type: 'object', additionalProperties: { type: 'number', minimum: 0 } };

const rehearsal = object([], {
  members: { type: 'integer', minimum: 0, maximum: 1_000_000 },
  groups: { type: 'integer', minimum: 0, maximum: 10_000 },
  seed: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  rates: object([], {
    read: share,
    click: share,
    reply: share,
    signUp: share,
    optOut: share,
    complain: share,
    fail: share,
  }),
  delays: object([], {
    read: duration,
    click: duration,
    reply: duration,
    signUp: duration,
    answer: duration,
  }),
  answers: { type: 'object', additionalProperties: shares },
  events: {
    type: 'object',
    maxProperties: 50,
    propertyNames: { minLength: 1, maxLength: 100 },
    additionalProperties: object([], {
      share,
      within: duration,
      data: {
        type: 'object',
        maxProperties: 20,
        propertyNames: { pattern: NAMES.param },
        additionalProperties: shares,
      },
    }),
  },
  attributes: { type: 'object', propertyNames: { pattern: NAMES.param }, additionalProperties: shares },
});

function node(config: JsonSchema): JsonSchema {
  return {
    ...object(['id', 'step'], {
      id,
      step: { type: 'string', maxLength: 64 },
      config: { type: 'object' },
      phase: id,
      title: text(200),
      off: { type: 'boolean' },
      retry: object([], {
        attempts: { type: 'integer', minimum: 1, maximum: 20 },
        first: duration,
        max: duration,
      }),
      // oxlint-disable-next-line unicorn/no-thenable -- a word of the document format
      late: object(['then'], { after: duration, then: { enum: ['run', 'skip', 'ask'] } }),
      tolerance: duration,
    }),
    ...config,
  };
}

function playbook(nodeSchema: JsonSchema): JsonSchema {
  const graph = object(['nodes', 'edges'], {
    nodes: { type: 'array', items: nodeSchema },
    edges: { type: 'array', items: edge },
  });
  return object(['format', 'id', 'title', 'graph'], {
    $schema: { type: 'string', maxLength: 200 },
    format: { const: 1 },
    id,
    title: text(200),
    description: text(4_000),
    zone: { type: 'string', maxLength: 64 },
    locales: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      items: { type: 'string', pattern: NAMES.locale },
    },
    params: { type: 'object' },
    goal,
    phases: { type: 'array', maxItems: 50, items: phase },
    graph,
    journeys: {
      type: 'object',
      maxProperties: 50,
      propertyNames: { pattern: NAMES.id, not: { const: 'campaign' } },
      additionalProperties: object(['title', 'graph'], { title: text(200), tolerance: duration, graph }),
    },
    rehearsal,
    layout: { type: 'object' },
  });
}

/** The schema of a whole document, for editors and other programs: each step's config as its type declares it. */
export function playbookSchema(steps: Registry['steps']): JsonSchema {
  const types = Object.keys(steps).sort();
  const configs = types.map((type) => ({
    if: { properties: { step: { const: type } }, required: ['step'] },
    // A step without required settings may leave its config out.
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: {
      properties: { config: orParam(steps[type]!.config) },
      ...(required(steps[type]!.config) ? { required: ['config'] } : {}),
    },
  }));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Kindling playbook, format 1',
    ...playbook(node({ allOf: [{ properties: { step: { enum: types } } }, ...configs] })),
    $defs: {
      param: object(['param'], { param: { type: 'string', pattern: NAMES.param } }),
      ...Object.fromEntries([...SHARED].map(([shared, name]) => [name, orParam(shared as JsonSchema)])),
    },
  };
}

const required = ({ required: keys }: JsonSchema): boolean => Array.isArray(keys) && keys.length > 0;

// Shapes that many steps share stand once in the published schema.
const SHARED: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [timeRuleSchema, 'time'],
  [conditionSchema, 'condition'],
  [textSchema, 'text'],
]);

/** The schema with a parameter allowed in place of every value inside the outermost object. */
function orParam(schema: JsonSchema): JsonSchema {
  const inner = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const shared = SHARED.get(part);
    const own = shared === undefined ? orParam(part as JsonSchema) : { $ref: `#/$defs/${shared}` };
    return { anyOf: [{ $ref: '#/$defs/param' }, own] };
  };
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'items' || keyword === 'additionalProperties') return [keyword, inner(value)];
      if (keyword === 'properties') {
        const properties = Object.entries(value as Readonly<Record<string, unknown>>);
        return [keyword, Object.fromEntries(properties.map(([key, part]) => [key, inner(part)]))];
      }
      if (keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf') {
        return [keyword, (value as readonly JsonSchema[]).map(orParam)];
      }
      return [keyword, value];
    }),
  );
}

/** The whole document but the inside of `config` and `params`: what every document is checked against first. */
export const documentSchema = (): JsonSchema => playbook(node({}));
