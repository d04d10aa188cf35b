// Checking and rehearsing a document that need not be saved, and what playbooks can be made of.
import type { FastifyInstance } from 'fastify';
import { product } from '../../engine/index.ts';
import { typed, type JsonObject } from '../../engine/json.ts';
import type { ScriptProblem } from '../../engine/script.ts';
import { work, type Job, type Outcome } from '../../workers/compute/job.ts';
import { computePool, type ComputePool } from '../compute.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { findings, refuseProblems } from '../playbooks/findings.ts';
import { registryOf, rehearsalRegistryOf } from '../playbooks/registry.ts';
import { Refusal } from '../refusal.ts';
import { mustBeStorable, route, type Deps } from '../route.ts';
import { unstorable } from '../storable.ts';

/** A document of ten megabytes is still told what is wrong with it. */
const CHECK_LIMIT = 11_000_000;

const params = { type: 'object' } as const;

export function checkRoutes(app: FastifyInstance, deps: Deps): void {
  const pool = computePool(app);
  route(app, deps, 'POST /api/check', {
    tag: 'language',
    says: {
      zh: '检查一份文档：列出全部问题；没有错误时给出执行计划的哈希。',
      en: 'Checks a document: all its problems, and the hash of its plan when there is no error.',
    },
    body: typed<{ readonly document: unknown; readonly params?: unknown }>({
      type: 'object',
      additionalProperties: false,
      required: ['document'],
      properties: { document: {}, params: {} },
    }),
    limit: CHECK_LIMIT,
    takesAnything: true,
    perMinute: 300,
    handle: async ({ body, who, now, language }) => {
      const outcome = await compute(pool, who, {
        kind: 'check',
        ...body,
        ...(await registryOf(deps, who, now)),
        now,
      });
      if (outcome.kind !== 'checked') throw new Error(outcome.kind);
      const { plan, problems } = outcome;
      return { ok: plan !== null, plan, problems: findings(problems, language) };
    },
  });
  registryRoute(app, deps);
  rehearseRoute(app, deps, pool);
}

function registryRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /api/registry', {
    tag: 'language',
    says: {
      zh: '检查剧本时要知道的团队情况：成员属性、渠道（种类、额度、现在能不能发）、外面能不能打开网页；彩排用的频次上限和静默时段。',
      en: 'What playbooks of the team are checked against: attributes of members, channels (kind, budgets, what is against them), whether the world reaches its pages; and the caps and quiet hours that rehearsals keep.',
    },
    handle: ({ who, now }) => rehearsalRegistryOf(deps, who, now),
  });
}

function rehearseRoute(app: FastifyInstance, deps: Deps, pool: ComputePool): void {
  route(app, deps, 'POST /api/rehearse', {
    tag: 'language',
    says: {
      zh: '在虚拟时钟上彩排一份文档，按团队的频次上限、静默时段和渠道额度；成员数和时间有上限，更大的用命令行。',
      en: 'Rehearses a document on a virtual clock, with the team’s caps, quiet hours and channel budgets; bounded in members and time, the command line takes more.',
    },
    body: typed<{
      readonly document: unknown;
      readonly params?: JsonObject;
      readonly start?: string;
      readonly seed?: number;
      readonly members?: number;
      readonly script?: readonly unknown[];
    }>({
      type: 'object',
      additionalProperties: false,
      required: ['document'],
      properties: {
        document: {},
        params,
        start: { type: 'string', maxLength: 40 },
        seed: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
        members: { type: 'integer', minimum: 0, maximum: 10_000 },
        script: { type: 'array', maxItems: 10_000 },
      },
    }),
    limit: CHECK_LIMIT,
    takesAnything: true,
    perMinute: 60,
    handle: async ({ body, who, now, reply }) => {
      mustBeStorable(body.script, '/script');
      const { attributes, channels, caps, quiet } = await rehearsalRegistryOf(deps, who, now);
      const team = { attributes, channels, caps, quiet };
      const outcome = await compute(pool, who, { kind: 'rehearse', ...body, now, ...team });
      switch (outcome.kind) {
        case 'has-problems':
          return refuseProblems(outcome.problems);
        case 'script-has-problems':
          return refuseScript(outcome.problems);
        case 'rehearsed':
          return reply.type('application/json; charset=utf-8').send(outcome.report);
        case 'checked':
          throw new Error(outcome.kind);
      }
    },
  });
  stepsRoute(app, deps);
}

/** What is nested without end is not sent to a thread: its problem is found at once, and a copy of it may not end well. */
const compute = async (pool: ComputePool, who: Identity, job: Job): Promise<Outcome> =>
  unstorable(job.document) === 'too-deep' || unstorable(job.params) === 'too-deep'
    ? work(job)
    : pool.run(voiceOf(who), job);

function refuseScript(problems: readonly ScriptProblem[]): never {
  throw new Refusal('script-has-problems', {
    place: `/script/${problems[0]?.entry ?? 0}`,
    values: { count: problems.length },
    extra: (language) => ({
      problems: problems.map((it) => ({ place: `/script/${it.entry}`, message: it[language] })),
    }),
  });
}

function stepsRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /api/steps', {
    tag: 'language',
    says: {
      zh: '剧本可以由哪些步骤组成：说明、配置、表单提示、例子。',
      en: 'What playbooks are made of: each step with its sentence, config, form hints and examples.',
    },
    handle: ({ reply }) => {
      void reply.header('cache-control', 'private, max-age=300');
      return {
        steps: Object.values(product.steps).map(
          ({ type, family, scope, label, says, config, fields, examples }) => ({
            type,
            family,
            scope,
            label,
            says,
            config,
            fields,
            examples,
          }),
        ),
      };
    },
  });
}
