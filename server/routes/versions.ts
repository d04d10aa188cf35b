// Publishing: what has changed, the next immutable version, and what a launch of it asks for.
import type { FastifyInstance } from 'fastify';
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { Playbook } from '../../engine/document.ts';
import { compile, product, sampleParams } from '../../engine/index.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { planOf, publishVersion, storePlan } from '../../workers/store/plan.ts';
import { ensureLaunchMonth } from '../../workers/store/launch.ts';
import { audit } from '../audit.ts';
import { computePool } from '../compute.ts';
import { diff, isSame } from '../../engine/diff.ts';
import { findings, refuseProblems } from '../playbooks/findings.ts';
import { refuseOverBudget } from '../playbooks/budget.ts';
import { registryOf } from '../playbooks/registry.ts';
import { draftOf, refuseStale, versionOf } from '../playbooks/store.ts';
import { Refusal } from '../refusal.ts';
import { byId, counted, route, type Deps } from '../route.ts';
import { standingOnNodes } from '../runs/counts.ts';
import { followOpenRuns, openRuns, unfitRuns } from '../runs/follow.ts';
import { begun } from '../runs/launch.ts';
import { rolesOf } from '../runs/roles.ts';

export function versionRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;

  route(app, deps, 'POST /api/playbooks/:id/publish', {
    tag: 'playbooks',
    says: {
      zh: '把草稿的这一版发布为新的不可变版本；返回与上一版的差别。有错误时拒绝并列出全部。一直开放的旅程由新版本接手，接不了的在 runs.left 里说明原因。',
      en: 'Publishes this revision as the next immutable version and tells what changed; with errors it is refused with all of them. It takes over journeys that stay open; runs.left says which it cannot, and why.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['revision'],
      properties: { revision: counted, note: { type: 'string', maxLength: 2000 } },
    } as const,
    status: 201,
    handle: async ({ params, body, who, now, language }) => {
      const { team } = who;
      const registry = await registryOf(deps, who, now);
      // A rehearsal takes its time, and a transaction should not.
      const before = await draftOf(store.pool, { team, playbook: params.id });
      await refuseOverBudget(computePool(app), who, { document: before.document, registry, now });
      const asked = { who, playbook: params.id, document: before.document as unknown as Playbook, now };
      const unfit = await unfitRuns(deps, asked, computePool(app));
      await ensureLaunchMonth(store.pool, now);
      const published = await inTransaction(store.pool, async (sql) => {
        const draft = await draftOf(sql, { team, playbook: params.id, lock: true });
        if (draft.revision !== body.revision) refuseStale(draft, body.revision);
        const last = await versionOf(sql, { team, playbook: params.id });
        const changes = diff(last?.document as JsonObject | undefined, draft.document);
        if (last !== undefined && isSame(changes)) {
          const { number } = last;
          throw new Refusal('nothing-changed', { values: { number }, extra: () => ({ number }) });
        }
        const takesOver = (await openRuns(sql, { team, playbook: params.id })).length > 0;
        const { plan, problems } = compile(draft.document, undefined, { ...product, ...registry, takesOver });
        if (plan === undefined) refuseProblems(problems);
        await storePlan(sql, { team, plan, bytes: canonicalJson(plan), now });
        // It compiled, so it has the shape.
        const document = draft.document as unknown as Playbook;
        const version = await publishVersion(sql, {
          team,
          document,
          planHash: plan.hash,
          problems: problems as unknown as Json,
          ...(body.note === undefined ? {} : { note: body.note }),
          ...(who.kind === 'user' ? { by: who.id } : {}),
          now,
        });
        const subject = `playbook/${params.id}`;
        await audit(sql, {
          who,
          action: 'version.publish',
          subject,
          detail: { number: version.number },
          now,
        });
        const { id, number } = version;
        const runs = await followOpenRuns(sql, { who, version, document, registry, unfit, now });
        return { id, number, plan: plan.hash, changes, problems: findings(problems, language), runs };
      });
      // A run whose workflow cannot begin now is begun by the sweeper of the workers.
      for (const { run } of published.runs.followed) await begun(deps, run);
      return published;
    },
  });

  changesRoute(app, deps);
  readingRoutes(app, deps);
}

function changesRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/playbooks/:id/changes', {
    tag: 'playbooks',
    says: {
      zh: '草稿与上一版的差别；正在运行的活动里有多少对象站在改动的步骤上；发布后会不会接手一直开放的旅程（takesOver）。',
      en: 'What the draft changes against the last version, how many subjects of running activities stand on what changes, and whether it would take over a journey that stays open (`takesOver`).',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const { team } = who;
      const draft = await draftOf(store.pool, { team, playbook: params.id });
      const last = await versionOf(store.pool, { team, playbook: params.id });
      const changes = diff(last?.document as JsonObject | undefined, draft.document);
      const touched = new Set([...changes.nodes.removed, ...changes.nodes.changed].map(({ id }) => id));
      const standing = await standingOnNodes(store.pool, { team, playbook: params.id, nodes: touched });
      const takesOver = (await openRuns(store.pool, { team, playbook: params.id })).length > 0;
      return { revision: draft.revision, version: last?.number ?? null, changes, standing, takesOver };
    },
  });
}

function readingRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/playbooks/:id/versions', {
    tag: 'playbooks',
    says: { zh: '已发布的版本，最新的在前。', en: 'The published versions, newest first.' },
    params: byId,
    handle: async ({ params, who }) => {
      const { rows } = await store.pool.query(
        `select v.id, v.number, v.plan_hash as plan, v.note, v.published_at as "publishedAt",
           v.published_by as "publishedBy", (select count(*) from run r where r.version_id = v.id) as runs
         from playbook_version v where v.team_id = $1 and v.playbook_id = $2 order by v.number desc`,
        [who.team, params.id],
      );
      return { versions: rows };
    },
  });

  route(app, deps, 'GET /api/playbooks/:id/versions/:number', {
    tag: 'playbooks',
    says: {
      zh: '一个版本的文档，以及它与前一版的差别。',
      en: 'The document of a version, and what it changed.',
    },
    params: {
      type: 'object',
      required: ['id', 'number'],
      properties: { ...byId.properties, number: counted },
    } as const,
    handle: async ({ params, who }) => {
      const about = { team: who.team, playbook: params.id };
      const version = await versionOf(store.pool, { ...about, number: params.number });
      if (version === undefined) throw new Refusal('not-found');
      const before =
        version.number === 1
          ? undefined
          : await versionOf(store.pool, { ...about, number: version.number - 1 });
      const changes = diff(
        before?.document as JsonObject | undefined,
        version.document as unknown as JsonObject,
      );
      return {
        id: version.id,
        number: version.number,
        plan: version.planHash,
        document: version.document,
        changes,
      };
    },
  });

  route(app, deps, 'GET /api/playbooks/:id/launching', {
    tag: 'playbooks',
    says: {
      zh: '启动最新版本要填什么：参数、由谁担任哪个角色。',
      en: 'What launching the newest version asks for: its parameters, and who fills which role.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const version = await versionOf(store.pool, { team: who.team, playbook: params.id });
      if (version === undefined) throw new Refusal('not-found');
      return {
        version: version.number,
        params: version.document.params ?? {},
        examples: sampleParams(version.document),
        roles: rolesOf(await planOf(store.pool, version.planHash)),
        zone: version.document.zone ?? 'Asia/Shanghai',
      };
    },
  });
}
