-- CreateTable
CREATE TABLE "node_count" (
    "run_id" UUID NOT NULL,
    "shard" INTEGER NOT NULL,
    "node" INTEGER NOT NULL,
    "port" TEXT NOT NULL DEFAULT '',
    "team_id" INTEGER NOT NULL,
    "passed" INTEGER NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "late" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "node_count_pkey" PRIMARY KEY ("run_id","shard","node","port")
);

-- Rows change with every advance and no index does: with room on the page they stay where they are.
alter table node_count set (fillfactor = 50);

-- What runs have passed so far; a shard has 10,000 subjects.
insert into node_count (run_id, shard, node, port, team_id, passed, skipped, late)
select run_id, ordinal / 10000, node, coalesce(port, ''), min(team_id), count(*), count(skipped),
  count(*) filter (where late_ms > 0)
from passed group by 1, 2, 3, 4;

-- Who is stuck now, of a run: a few among all who ever were.
create index stuck_visit_open_idx on stuck_visit (run_id, node, ordinal, lap) where resolved_at is null;

-- What came late or was skipped: few among all that was passed.
create index passed_exception_idx on passed (run_id, node, ordinal, lap) where late_ms > 0 or skipped is not null;
