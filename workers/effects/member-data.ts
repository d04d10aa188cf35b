// Tags and attributes: of the members of a batch, of people of a synthetic community, or of the activity itself.
import { setAttribute as setDecision, tag as tagDecision } from '../../engine/effects/member-data.ts';
import { readAttribute } from '../../engine/attributes.ts';
import type { SetAttributeInput } from '../../engine/effects/member-data.ts';
import { attributesOf } from '../store/attributes.ts';
import { isSynthetic } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { changeMembers, type Whose } from '../store/member-change.ts';
import { setTags } from '../store/tags.ts';
import { inputOf } from './config.ts';
import { internal, type Batch } from './work.ts';

export const tag = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'tag');
  const { add = [], remove = [] } = input;
  const { run, visits } = batch;
  await note(sql, batch, {
    values: [add, remove],
    change: (added, removed) =>
      `tags = array(select distinct tag from unnest(t.tags || ${added}::text[]) as tag
        where tag <> all (${removed}::text[]) order by tag)`,
    members: (members) =>
      setTags(sql, { team: run.team, members, add, remove, source: `run/${run.id}`, at: visits[0]!.at }),
  });
  return batch.visits.map(({ at }) => tagDecision.decide(input, {}, at));
});

export const setAttribute = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'set-attribute');
  const values = [input.name, JSON.stringify(input.value)] as const;
  const change = (name: string, value: string, of = 't') =>
    `attributes = ${of}.attributes || jsonb_build_object(${name}::text, ${value}::jsonb)`;
  const misfit = await misfitOf(sql, batch, input);
  if (misfit !== undefined) return batch.visits.map(() => ({ code: 'failed', why: misfit }));
  await note(sql, batch, {
    values,
    change,
    members: (members) => changeMembers(sql, { members, values, change: change('$1', '$2', 'm') }),
  });
  return batch.visits.map(({ at }) => setDecision.decide(input, {}, at));
});

// The team may have declared the attribute, or another type of it, after the playbook was published.
async function misfitOf(
  sql: Sql,
  { run, planNode }: Batch,
  { name, value }: SetAttributeInput,
): Promise<Record<string, string> | undefined> {
  if (planNode.graph === 0 || isSynthetic(run)) return undefined;
  const declared = (await attributesOf(sql, run.team)).find(({ key }) => key === name);
  if (declared === undefined) return undefined;
  const read = readAttribute(value, declared, { zone: run.plan.zone });
  return 'value' in read ? undefined : { problem: 'attribute', name, expected: read.expected.en };
}

interface Note {
  /** The assignment to the run's own, or to those of a synthetic person, made of the places of its two values. */
  readonly change: (first: string, second: string) => string;
  readonly values: readonly [unknown, unknown];
  readonly members: (whose: Whose) => Promise<void>;
}

async function note(
  sql: Sql,
  { run, planNode, visits }: Batch,
  { change, values, members: ofMembers }: Note,
): Promise<void> {
  if (planNode.graph === 0) {
    await sql.query(`update run t set ${change('$2', '$3')} where id = $1`, [run.id, ...values]);
    return;
  }
  const ordinals = visits.map(({ ordinal }) => ordinal);
  if (!isSynthetic(run)) return ofMembers({ run: run.id, graph: planNode.graph, ordinals });
  const { rows } = await sql.query<{ person: number }>(
    'select person from subject where run_id = $1 and graph = $2 and ordinal = any($3) and person is not null',
    [run.id, planNode.graph, ordinals],
  );
  const people = rows.map(({ person }) => person);
  if (people.length === 0) return;
  await sql.query(
    `insert into person (run_id, person, team_id) select $1, person, $2 from unnest($3::int[]) as person
     on conflict do nothing`,
    [run.id, run.team, people],
  );
  await sql.query(`update person t set ${change('$3', '$4')} where run_id = $1 and person = any($2)`, [
    run.id,
    people,
    ...values,
  ]);
}
