-- CreateEnum
CREATE TYPE "import_state" AS ENUM ('waiting', 'reading', 'checking', 'writing', 'done', 'refused', 'failed');

-- CreateTable
CREATE TABLE "import" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "format" TEXT NOT NULL,
    "dry_run" BOOLEAN NOT NULL,
    "good_only" BOOLEAN NOT NULL,
    "options" JSONB NOT NULL DEFAULT '{}',
    "state" "import_state" NOT NULL DEFAULT 'waiting',
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "bad" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "steps" INTEGER NOT NULL DEFAULT 0,
    "made" INTEGER NOT NULL DEFAULT 0,
    "found" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "import_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_fault" (
    "import_id" UUID NOT NULL,
    "no" SERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "field" TEXT,
    "code" TEXT NOT NULL,
    "values" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "import_fault_pkey" PRIMARY KEY ("import_id","no")
);

-- CreateTable
CREATE TABLE "import_row" (
    "import_id" UUID NOT NULL,
    "line" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT,
    "name" TEXT,
    "kind" TEXT,
    "status" TEXT,
    "zone" TEXT,
    "locale" TEXT,
    "joined" BIGINT,
    "tags" TEXT[],
    "attributes" JSONB NOT NULL,
    "channels" UUID[],
    "accounts" TEXT[],
    "groups" UUID[],
    "consents" TEXT[],
    "member_id" UUID,
    "several" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "import_row_pkey" PRIMARY KEY ("import_id","line")
);

-- CreateIndex
CREATE INDEX "import_team_id_created_at_idx" ON "import"("team_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "import_team_id_id_key" ON "import"("team_id", "id");

-- By hand.

alter table import_row set unlogged;
alter table import add constraint format_is_known check (format in ('csv', 'jsonl'));
alter table import add constraint finished_when_over
  check ((finished_at is not null) = (state in ('done', 'refused', 'failed')));
