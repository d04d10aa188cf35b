-- CreateTable
CREATE TABLE "shard_tick" (
    "run_id" UUID NOT NULL,
    "shard" INTEGER NOT NULL,
    "advance" BIGINT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "cursor" BIGINT NOT NULL,
    "reissued" BOOLEAN NOT NULL,
    "results" BYTEA NOT NULL,

    CONSTRAINT "shard_tick_pkey" PRIMARY KEY ("run_id","shard","advance")
);
