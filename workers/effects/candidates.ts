// Everybody who comes to the entrance of a journey when it is launched: the audience of the run, told apart by its segment.
// Not who is let in: see store/enrol.ts. Staff, test accounts and whoever does not fit come too, so that they are told why not.
import type { EntranceRule } from '../../engine/entrance.ts';
import type { Instant } from '../../engine/instant.ts';
import { evaluateCondition, type ConditionContext } from '../../engine/language/condition.ts';
import { valuesSeen } from '../../engine/language/seen.ts';
import { nameOf } from '../../engine/simulate.ts';
import type { Sql } from '../store/client.ts';
import { isSynthetic, withinRun } from '../store/community.ts';
import type { Candidates } from '../store/enrol.ts';
import type { RunFacts } from '../store/run.ts';
import { Binder } from '../store/segments/binder.ts';
import { askOfAll, fittingPages } from '../store/segments/find.ts';
import { seenInSql } from '../store/segments/seen-sql.ts';
import { commonContext } from './people.ts';
import { communityPeople } from './recipients.ts';

/** The candidates of a launch at `at`. Whoever is not on the list, where there is one, is none. */
export async function candidatesFor(
  sql: Sql,
  run: RunFacts,
  rule: EntranceRule,
  at: Instant,
): Promise<Candidates> {
  const { segment } = rule;
  const context = segment === undefined ? {} : await commonContext(sql, run, { now: at, names: [segment] });
  return isSynthetic(run) ? people(sql, run, { rule, context }) : members(sql, run, { rule, context, at });
}

interface Asked {
  readonly rule: EntranceRule;
  readonly context: ConditionContext;
}

async function people(
  sql: Sql,
  run: RunFacts,
  { rule: { segment, from, list }, context }: Asked,
): Promise<Candidates> {
  const listed = new Set(list);
  const all = (await communityPeople(sql, run))
    .filter(({ person }) => from !== 'list' || listed.has(nameOf(person)))
    .map(({ person, values }) => {
      const own = { ...context, member: values };
      const fits = segment === undefined || evaluateCondition(segment.cel, own) === true;
      const why = fits ? {} : { rule: segment.cel, seen: valuesSeen([segment.cel], own) };
      return { person, fits, why };
    });
  const binder = new Binder();
  const rows = binder.bind(JSON.stringify(all), 'jsonb');
  const query = `select person::text as who, null::uuid as member, person, 'member'::member_kind as kind, fits,
      case when not fits then why end as why
    from jsonb_to_recordset(${rows}) as p (person int, fits boolean, why jsonb)`;
  return { binder, query };
}

async function members(
  sql: Sql,
  run: RunFacts,
  { rule: { segment, from, list }, context, at }: Asked & { readonly at: Instant },
): Promise<Candidates> {
  const question = { within: { ...withinRun(run), everybody: true }, cel: segment?.cel, context, now: at };
  const asked = askOfAll(question);
  const { binder } = asked;
  const fits = asked.rest === undefined ? asked.fits : await fitting(sql, question, binder);
  const names = from === 'list' ? binder.bind(list, 'text[]') : undefined;
  const onList =
    names === undefined ? '' : ` and (m.id::text = any(${names}) or m.external_key = any(${names}))`;
  const why = segment === undefined ? 'null::jsonb' : seenInSql(segment.cel, { binder, context, now: at });
  const query = `select m.id::text as who, m.id as member, null::int as person, m.kind, m.fits,
      case when not m.fits then ${why} end as why
    from (select m.*, coalesce((${fits}), false) as fits ${asked.from}${onList} offset 0) as m`;
  return { binder, query };
}

/** Where SQL is not the whole answer, the evaluator gives it. */
async function fitting(
  sql: Sql,
  question: Parameters<typeof fittingPages>[1],
  binder: Binder,
): Promise<string> {
  const ids: string[] = [];
  for await (const page of fittingPages(sql, question)) ids.push(...page);
  return `m.id = any(${binder.bind(ids, 'uuid[]')})`;
}
