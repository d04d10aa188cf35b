// Checking and rehearsing a document that need not be saved, and what playbooks can be made of.
import type { FastifyInstance } from 'fastify';
import { compile, product } from '../../engine/index.ts';
import { parseLocal } from '../../engine/calendar/resolve.ts';
import type { Playbook } from '../../engine/document.ts';
import { typed, type JsonObject } from '../../engine/json.ts';
import { findings, refuseProblems } from '../playbooks/findings.ts';
import { Refusal } from '../refusal.ts';
import { rehearseInTurns } from '../rehearsal.ts';
import { mustBeStorable, route, type Deps } from '../route.ts';
import { parseScript } from '../../engine/script.ts';

/** A document of ten megabytes is still told what is wrong with it. */
const CHECK_LIMIT = 11_000_000;

const params = { type: 'object' } as const;

export function checkRoutes(app: FastifyInstance, deps: Deps): void {
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
    handle: ({ body, language }) => {
      const { plan, problems } = compile(body.document, body.params);
      return { ok: plan !== undefined, plan: plan?.hash ?? null, problems: findings(problems, language) };
    },
  });
  rehearseRoute(app, deps);
}

function rehearseRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/rehearse', {
    tag: 'language',
    says: {
      zh: '在虚拟时钟上彩排一份文档；成员数和时间有上限，更大的用命令行。',
      en: 'Rehearses a document on a virtual clock; bounded in members and time, the command line takes more.',
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
    handle: async ({ body, now }) => {
      mustBeStorable(body.script, '/script');
      const { plan, problems } = compile(body.document, body.params ?? {});
      if (plan === undefined) refuseProblems(problems);
      const { script, problems: wrong } = parseScript(body.script ?? [], plan, product.steps);
      if (wrong.length > 0) {
        throw new Refusal('script-has-problems', {
          place: `/script/${wrong[0]?.entry ?? 0}`,
          values: { count: wrong.length },
          extra: (language) => ({
            problems: wrong.map((it) => ({ place: `/script/${it.entry}`, message: it[language] })),
          }),
        });
      }
      const document = body.document as Playbook;
      return rehearseInTurns(plan, {
        start: (body.start === undefined ? undefined : parseLocal(body.start, plan.zone)) ?? now,
        settings: document.rehearsal,
        seed: body.seed,
        members: body.members,
        script,
        template: compile(document).plan,
      });
    },
  });
  stepsRoute(app, deps);
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
