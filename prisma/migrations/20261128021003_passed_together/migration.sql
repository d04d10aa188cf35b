-- Who leaves a step together is one row. What was passed before stays where it is, under another name: `passed` is both.
alter table passed rename to passed_alone;
alter table passed_alone rename constraint passed_pkey to passed_alone_pkey;
alter index passed_exception_idx rename to passed_alone_exception_idx;
alter trigger passed_is_append_only on passed_alone rename to passed_alone_is_append_only;

do $$ declare part text; begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'passed_alone'::regclass
  loop execute format('alter table %I rename to %I', part, 'passed_alone_' || right(part, 7)); end loop;
end $$;

-- CreateTable
CREATE TABLE "passed_together" (
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "first" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "ordinals" int4multirange NOT NULL,
    "visits" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "port" TEXT,
    "late_ms" BIGINT NOT NULL DEFAULT 0,
    "skipped" TEXT,

    CONSTRAINT "passed_together_pkey" PRIMARY KEY ("run_id","node","first","lap")
) PARTITION BY RANGE ("run_id");

create function count_of(ordinals int4multirange) returns int language sql immutable strict parallel safe as $$
  select coalesce(sum(upper(part) - lower(part)), 0)::int from unnest(ordinals) as part
$$;

-- A shard has 10,000 subjects: whoever looks for one finds the rows that may hold it by where they begin.
alter table passed_together
  add constraint first_is_lowest check (first = lower(ordinals)),
  add constraint visits_are_ordinals check (visits > 0 and visits = count_of(ordinals)),
  add constraint within_a_shard check (first / 10000 = (upper(ordinals) - 1) / 10000),
  add constraint lateness_is_positive check (late_ms >= 0),
  add constraint skipped_is_known check (skipped in ('late', 'operator', 'off'));

-- What came late or was skipped: few among all that was passed.
create index passed_together_exception_idx on passed_together (run_id, node, first, lap)
  where late_ms > 0 or skipped is not null;

create trigger passed_together_is_append_only before update or delete on passed_together
  for each row execute function refuse_change();

-- As before, with one table more.
create or replace function ensure_launch_month(run uuid) returns void language plpgsql as $$
declare
  month timestamptz := launch_month_of(run);
  parent text;
  part text;
begin
  foreach parent in array array['ledger', 'passed_alone', 'passed_together'] loop
    part := parent || '_' || to_char(month at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass(part) is not null;
    -- A lock on the table itself, which also brings this session up to date with what others have made meanwhile.
    execute format('lock table %I in share update exclusive mode', parent);
    continue when to_regclass(part) is not null;
    execute format('create table %I (like %I including defaults including constraints)', part, parent);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part,
      first_uuid_of(month), first_uuid_of(month + interval '1 month'));
  end loop;
end $$;

-- Runs that are under way go on in their months.
select ensure_launch_month(first_uuid_of(to_date(right(c.relname, 7), 'YYYY_MM')::timestamp at time zone 'UTC'))
from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'passed_alone'::regclass;

-- A visit is left once. Each table's key says so of its own rows; what no key can see is looked for when rows are in. What has been
-- written before is found by the nodes and laps of the new rows, and looked through only where there is any.
create function refuse_together_again() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (
      select run_id, node, lap, min(ordinal) - min(ordinal) % 10000 as lowest, max(ordinal) as highest
      from fresh group by run_id, node, lap) as d
    cross join lateral (
      select range_agg(int4range(f.ordinal, f.ordinal, '[]')) as ordinals from fresh f
      where (f.run_id, f.node, f.lap) = (d.run_id, d.node, d.lap) and exists (
        select from passed_together t
        where (t.run_id, t.node, t.lap) = (d.run_id, d.node, d.lap) and t.first between d.lowest and d.highest)) as a
    join passed_together t on (t.run_id, t.node, t.lap) = (d.run_id, d.node, d.lap)
      and t.first between d.lowest and d.highest and t.ordinals && a.ordinals)
  then
    raise exception 'passed_alone: a visit has been left already' using errcode = 'unique_violation', table = 'passed_alone';
  end if;
  return null;
end $$;
create trigger passed_alone_once after insert on passed_alone referencing new table as fresh
  for each statement execute function refuse_together_again();

create function refuse_again() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (select distinct run_id, node, lap, first - first % 10000 as lowest from fresh) as d
    cross join lateral (
      select sum(t.visits) as visits, range_agg(t.ordinals) as ordinals from passed_together t
      where (t.run_id, t.node, t.lap) = (d.run_id, d.node, d.lap) and t.first between d.lowest and d.lowest + 9999) as a
    where a.visits <> count_of(a.ordinals))
  or exists (
    select from fresh f where exists (
      select from passed_alone p where (p.run_id, p.node, p.lap) = (f.run_id, f.node, f.lap)
        and p.ordinal between lower(f.ordinals) and upper(f.ordinals) - 1)
    and exists (
      select from unnest(f.ordinals) as part join passed_alone p on (p.run_id, p.node, p.lap) = (f.run_id, f.node, f.lap)
        and p.ordinal between lower(part) and upper(part) - 1))
  then
    raise exception 'passed_together: a visit has been left already' using errcode = 'unique_violation', table = 'passed_together';
  end if;
  return null;
end $$;
create trigger passed_together_once after insert on passed_together referencing new table as fresh
  for each statement execute function refuse_again();

-- A row for each visit that was left.
create view passed as
  select run_id, node, ordinal, lap, team_id, at, port, late_ms, skipped from passed_alone
  union all
  select run_id, node, ordinal, lap, team_id, at, port, late_ms, skipped
  from passed_together cross join lateral unnest(ordinals) as part
    cross join lateral generate_series(lower(part), upper(part) - 1) as ordinal;

-- The same for whoever counts: visits that are alike, and how many they are.
create view passed_alike as
  select run_id, node, int4multirange(int4range(ordinal, ordinal, '[]')) as ordinals, 1 as visits, lap, team_id, at, port,
    late_ms, skipped
  from passed_alone
  union all
  select run_id, node, ordinals, visits, lap, team_id, at, port, late_ms, skipped from passed_together;

-- What one subject has left, quick for each: the planner sees through it.
create function passed_by(run uuid, subject int)
  returns table (node int, lap bigint, at timestamptz, port text, late_ms bigint, skipped text)
  language sql stable parallel safe as $$
  select node, lap, at, port, late_ms, skipped from passed_alone where run_id = run and ordinal = subject
  union all
  select node, lap, at, port, late_ms, skipped from passed_together
  where run_id = run and first between subject - subject % 10000 and subject and ordinals @> subject
$$;
