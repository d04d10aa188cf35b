-- CreateTable
CREATE TABLE "turned_count" (
    "run_id" UUID NOT NULL,
    "graph" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "turned_count_pkey" PRIMARY KEY ("run_id","graph","reason")
);

-- Those who were turned away before there was a count.
insert into turned_count (run_id, graph, reason, team_id, count)
select run_id, graph, reason, team_id, count(*) from turned_away group by run_id, graph, reason, team_id;

-- Enrolments, events and merges write who was turned away, each in statements over many: what they change is added up
-- here, in the same transaction, by one statement for each of theirs.
create function count_turned_away() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into turned_count as t (run_id, graph, reason, team_id, count)
    select run_id, graph, reason, team_id, count(*) from after_it
    group by run_id, graph, reason, team_id order by run_id, graph, reason
    on conflict (run_id, graph, reason) do update set count = t.count + excluded.count;
  elsif tg_op = 'DELETE' then
    insert into turned_count as t (run_id, graph, reason, team_id, count)
    select run_id, graph, reason, team_id, -count(*) from before_it
    group by run_id, graph, reason, team_id order by run_id, graph, reason
    on conflict (run_id, graph, reason) do update set count = t.count + excluded.count;
  else
    insert into turned_count as t (run_id, graph, reason, team_id, count)
    select run_id, graph, reason, team_id, sum(change) from (
      select run_id, graph, reason, team_id, 1 as change from after_it
      union all select run_id, graph, reason, team_id, -1 from before_it) as c
    group by run_id, graph, reason, team_id having sum(change) <> 0 order by run_id, graph, reason
    on conflict (run_id, graph, reason) do update set count = t.count + excluded.count;
  end if;
  return null;
end $$;
create trigger turned_away_is_counted after insert on turned_away
  referencing new table as after_it for each statement execute function count_turned_away();
create trigger turned_away_is_counted_again after update on turned_away
  referencing old table as before_it new table as after_it for each statement execute function count_turned_away();
create trigger turned_away_is_uncounted after delete on turned_away
  referencing old table as before_it for each statement execute function count_turned_away();
