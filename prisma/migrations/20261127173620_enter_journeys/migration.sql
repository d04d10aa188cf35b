-- DropIndex
DROP INDEX "subject_member_id_run_id_graph_key";

-- DropIndex
DROP INDEX "subject_person_run_id_graph_key";

-- CreateIndex
CREATE INDEX "subject_member_id_run_id_graph_idx" ON "subject"("member_id", "run_id", "graph");

-- CreateIndex
CREATE INDEX "subject_person_run_id_graph_idx" ON "subject"("person", "run_id", "graph");

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "follows_run_id" UUID;

-- AlterTable
ALTER TABLE "shard" ADD COLUMN     "idle" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "entrance" (
    "run_id" UUID NOT NULL,
    "graph" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "next" INTEGER NOT NULL DEFAULT 0,
    "entered" INTEGER NOT NULL DEFAULT 0,
    "event" TEXT,
    "opened_at" TIMESTAMPTZ(3),
    "until" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "launch_id" TEXT,

    CONSTRAINT "entrance_pkey" PRIMARY KEY ("run_id","graph")
);

-- CreateTable
CREATE TABLE "stay" (
    "scope" UUID NOT NULL,
    "journey" TEXT NOT NULL,
    "who" TEXT NOT NULL,
    "key" TEXT NOT NULL DEFAULT '',
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "graph" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stay_pkey" PRIMARY KEY ("scope","journey","who","key")
);

-- CreateTable
CREATE TABLE "turned_away" (
    "run_id" UUID NOT NULL,
    "graph" INTEGER NOT NULL,
    "who" TEXT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "member_id" UUID,
    "person" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "why" JSONB,
    "event_id" BIGINT,
    "times" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "turned_away_pkey" PRIMARY KEY ("run_id","graph","who")
);

-- CreateIndex
CREATE INDEX "entrance_team_id_event_idx" ON "entrance"("team_id", "event");

-- CreateIndex
CREATE INDEX "turned_away_member_id_idx" ON "turned_away"("member_id");

-- By hand: a shard that is done was idle before.
UPDATE "shard" SET "idle" = "done";
