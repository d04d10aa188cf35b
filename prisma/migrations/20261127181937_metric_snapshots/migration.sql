-- Metrics that can be computed again: frozen populations, and what was counted over them.
CREATE TABLE "metric_population" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "members" UUID[],
    "instants" BIGINT[],
    "count" INTEGER NOT NULL,
    "frozen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "metric_population_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "metric_snapshot" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "metric" TEXT NOT NULL,
    "scope_kind" TEXT NOT NULL,
    "scope_id" UUID NOT NULL,
    "zone" TEXT NOT NULL,
    "from" TIMESTAMPTZ(3) NOT NULL,
    "to" TIMESTAMPTZ(3) NOT NULL,
    "groups" UUID[] DEFAULT ARRAY[]::UUID[],
    "population_id" UUID,
    "facts" JSONB NOT NULL,
    "sight" JSONB NOT NULL,
    "value" DOUBLE PRECISION,
    "n" INTEGER NOT NULL,
    "low" DOUBLE PRECISION,
    "high" DOUBLE PRECISION,
    "cannot" TEXT,
    "source" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "metric_snapshot_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "metric_population_team_id_hash_key" ON "metric_population"("team_id", "hash");

CREATE INDEX "metric_snapshot_team_id_scope_id_metric_id_idx" ON "metric_snapshot"("team_id", "scope_id", "metric", "id");

create trigger metric_population_is_frozen before update or delete on metric_population
  for each row execute function refuse_change();
create trigger metric_snapshot_is_frozen before update or delete on metric_snapshot
  for each row execute function refuse_change();
alter table metric_population add constraint instants_fit_members check (cardinality(members) = cardinality(instants));
alter table metric_snapshot add constraint scope_is_known check (scope_kind in ('run', 'group', 'community'));
