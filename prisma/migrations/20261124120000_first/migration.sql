-- CreateEnum
CREATE TYPE "role" AS ENUM ('owner', 'designer', 'operator', 'approver');

-- CreateEnum
CREATE TYPE "channel_kind" AS ENUM ('simulator', 'manual');

-- CreateEnum
CREATE TYPE "member_status" AS ENUM ('active', 'left', 'blocked', 'erased');

-- CreateEnum
CREATE TYPE "run_mode" AS ENUM ('real', 'fast');

-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('scheduled', 'running', 'paused', 'stopping', 'completed', 'cancelled', 'failed');

-- CreateEnum
CREATE TYPE "ledger_state" AS ENUM ('intended', 'done', 'doubt', 'released');

-- CreateEnum
CREATE TYPE "task_state" AS ENUM ('open', 'accepted', 'escalated', 'done', 'expired', 'dropped');

-- CreateEnum
CREATE TYPE "message_class" AS ENUM ('service', 'marketing');

-- CreateEnum
CREATE TYPE "delivery_state" AS ENUM ('intended', 'requested', 'sent', 'skipped', 'expired', 'failed', 'unknown');

-- CreateEnum
CREATE TYPE "report_state" AS ENUM ('draft', 'in_review', 'approved');

-- CreateTable
CREATE TABLE "team" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "locale" TEXT NOT NULL DEFAULT 'zh-CN',
    "zone" TEXT NOT NULL DEFAULT 'Asia/Shanghai',
    "quiet" JSONB,
    "caps" JSONB NOT NULL DEFAULT '{}',
    "currency" CHAR(3) NOT NULL DEFAULT 'CNY',
    "retention_days" INTEGER NOT NULL DEFAULT 730,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "team_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_account" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "roles" "role"[],
    "locale" TEXT NOT NULL DEFAULT 'zh-CN',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "roles" "role"[],
    "email" TEXT,
    "invited_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" UUID,

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "user_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "roles" "role"[],
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_attempt" (
    "id" BIGSERIAL NOT NULL,
    "key" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "ok" BOOLEAN NOT NULL,

    CONSTRAINT "login_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reason" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "role" TEXT,
    "text" JSONB NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "key" TEXT,
    "seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "channel" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "channel_kind" NOT NULL,
    "config" JSONB NOT NULL DEFAULT '{}',
    "secret_ref" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "community" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "purpose" TEXT,
    "value" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "community_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "community_group" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "community_id" UUID NOT NULL,
    "channel_id" UUID,
    "name" TEXT NOT NULL,
    "head_count" INTEGER NOT NULL DEFAULT 0,
    "capacity" INTEGER,
    "external_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "community_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "display_name" TEXT NOT NULL,
    "status" "member_status" NOT NULL DEFAULT 'active',
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "zone" TEXT,
    "locale" TEXT,
    "joined_at" TIMESTAMPTZ(3) NOT NULL,
    "last_active_at" TIMESTAMPTZ(3),

    CONSTRAINT "member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member_identity" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "member_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(3),

    CONSTRAINT "member_identity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "member_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "joined_at" TIMESTAMPTZ(3) NOT NULL,
    "left_at" TIMESTAMPTZ(3),
    "join_source" TEXT,
    "inviter_id" UUID,
    "role" TEXT NOT NULL DEFAULT 'member',

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consent" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "member_id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "basis" TEXT NOT NULL,
    "text_version" TEXT NOT NULL,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "evidence" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "consent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "opt_out" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "member_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "value" TEXT NOT NULL DEFAULT '',
    "at" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,
    "run_id" UUID,

    CONSTRAINT "opt_out_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "segment" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "community_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "rule" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "playbook" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "title" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "archived_at" TIMESTAMPTZ(3),

    CONSTRAINT "playbook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "draft" (
    "playbook_id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "document" JSON NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" UUID,

    CONSTRAINT "draft_pkey" PRIMARY KEY ("playbook_id")
);

-- CreateTable
CREATE TABLE "playbook_version" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "playbook_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "document" JSON NOT NULL,
    "plan_hash" CHAR(64) NOT NULL,
    "problems" JSONB NOT NULL DEFAULT '[]',
    "note" TEXT,
    "published_at" TIMESTAMPTZ(3) NOT NULL,
    "published_by" UUID,

    CONSTRAINT "playbook_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plan" (
    "hash" CHAR(64) NOT NULL,
    "team_id" INTEGER NOT NULL,
    "semantics" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plan_pkey" PRIMARY KEY ("hash","team_id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "playbook_id" UUID NOT NULL,
    "cron" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "params" JSONB NOT NULL DEFAULT '{}',
    "roles" JSONB NOT NULL DEFAULT '{}',
    "audience" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" UUID,
    "stopped_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "playbook_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "plan_hash" CHAR(64) NOT NULL,
    "params" JSONB NOT NULL DEFAULT '{}',
    "param_overrides" JSONB NOT NULL DEFAULT '{}',
    "text_overrides" JSONB NOT NULL DEFAULT '{}',
    "roles" JSONB NOT NULL DEFAULT '{}',
    "community_id" UUID,
    "groups" UUID[] DEFAULT ARRAY[]::UUID[],
    "members" INTEGER NOT NULL DEFAULT 0,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "seed" INTEGER NOT NULL DEFAULT 1,
    "mode" "run_mode" NOT NULL DEFAULT 'real',
    "script" JSONB NOT NULL DEFAULT '[]',
    "status" "run_status" NOT NULL DEFAULT 'scheduled',
    "status_reason" TEXT,
    "start_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "launched_at" TIMESTAMPTZ(3) NOT NULL,
    "launched_by" TEXT,
    "finished_at" TIMESTAMPTZ(3),
    "parent_run_id" UUID,
    "parent_node" INTEGER,
    "parent_ordinal" INTEGER,
    "parent_lap" BIGINT,
    "launch_key" TEXT,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shard" (
    "run_id" UUID NOT NULL,
    "no" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "head" BIGINT NOT NULL DEFAULT 0,
    "cursor" BIGINT NOT NULL DEFAULT 0,
    "nudged" BOOLEAN NOT NULL DEFAULT false,
    "horizon" TIMESTAMPTZ(3),
    "wake" TIMESTAMPTZ(3),
    "advance" BIGINT NOT NULL DEFAULT 0,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "done" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "shard_pkey" PRIMARY KEY ("run_id","no")
);

-- CreateTable
CREATE TABLE "inbox" (
    "run_id" UUID NOT NULL,
    "shard" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "entry" JSONB NOT NULL,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("run_id","shard","seq")
);

-- CreateTable
CREATE TABLE "due" (
    "id" BIGSERIAL NOT NULL,
    "run_id" UUID NOT NULL,
    "shard" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "event" TEXT,
    "person" INTEGER,
    "member" UUID,

    CONSTRAINT "due_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "subject" (
    "run_id" UUID NOT NULL,
    "graph" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "shard" INTEGER NOT NULL,
    "member_id" UUID,
    "person" INTEGER,
    "event_id" BIGINT,
    "launch_id" TEXT,
    "entered_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,

    CONSTRAINT "subject_pkey" PRIMARY KEY ("run_id","graph","ordinal")
);

-- CreateTable
CREATE TABLE "person" (
    "run_id" UUID NOT NULL,
    "person" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "attributes" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "person_pkey" PRIMARY KEY ("run_id","person")
);

-- CreateTable
CREATE TABLE "launch" (
    "run_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "graph" INTEGER NOT NULL,
    "first" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "ended" INTEGER NOT NULL DEFAULT 0,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "launch_pkey" PRIMARY KEY ("run_id","id")
);

-- CreateTable
CREATE TABLE "ledger" (
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "call" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "effect" TEXT NOT NULL,
    "state" "ledger_state" NOT NULL,
    "code" SMALLINT,
    "until" TIMESTAMPTZ(3),
    "at" TIMESTAMPTZ(3) NOT NULL,
    "why" JSONB,

    CONSTRAINT "ledger_pkey" PRIMARY KEY ("run_id","node","ordinal","lap","call")
) PARTITION BY RANGE ("run_id");

-- CreateTable
CREATE TABLE "passed" (
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "port" TEXT,
    "late_ms" BIGINT NOT NULL DEFAULT 0,
    "skipped" TEXT,

    CONSTRAINT "passed_pkey" PRIMARY KEY ("run_id","node","ordinal","lap")
) PARTITION BY RANGE ("run_id");

-- CreateTable
CREATE TABLE "node_tally" (
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "failed" BIGINT NOT NULL DEFAULT 0,
    "broken_at" TIMESTAMPTZ(3),

    CONSTRAINT "node_tally_pkey" PRIMARY KEY ("run_id","node")
);

-- CreateTable
CREATE TABLE "stuck_visit" (
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "no" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "resolution" TEXT,
    "resolved_by" TEXT,

    CONSTRAINT "stuck_visit_pkey" PRIMARY KEY ("run_id","node","ordinal","lap","no")
);

-- CreateTable
CREATE TABLE "listener" (
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "topic" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "shard" INTEGER NOT NULL,
    "graph" INTEGER NOT NULL,
    "event" TEXT NOT NULL,
    "member_id" UUID,
    "person" INTEGER,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "heard" BIGINT NOT NULL DEFAULT 0,
    "live" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "listener_pkey" PRIMARY KEY ("run_id","node","ordinal","lap","topic")
);

-- CreateTable
CREATE TABLE "run_event" (
    "id" BIGSERIAL NOT NULL,
    "run_id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "run_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shard_checkpoint" (
    "run_id" UUID NOT NULL,
    "shard" INTEGER NOT NULL,
    "team_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "advance" BIGINT NOT NULL,
    "cursor" BIGINT NOT NULL,
    "state" BYTEA NOT NULL,

    CONSTRAINT "shard_checkpoint_pkey" PRIMARY KEY ("run_id","shard")
);

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "member_id" UUID,
    "group_id" UUID,
    "community_id" UUID,
    "run_id" UUID,
    "person" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_seen" (
    "team_id" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "event_id" BIGINT NOT NULL,

    CONSTRAINT "event_seen_pkey" PRIMARY KEY ("team_id","source","source_id")
);

-- CreateTable
CREATE TABLE "task" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "title" JSONB NOT NULL,
    "script" JSONB NOT NULL DEFAULT '{}',
    "outcomes" JSONB NOT NULL,
    "fields" JSONB NOT NULL DEFAULT '[]',
    "evidence" BOOLEAN NOT NULL DEFAULT false,
    "quorum" INTEGER NOT NULL DEFAULT 1,
    "sensitive" BOOLEAN NOT NULL DEFAULT false,
    "state" "task_state" NOT NULL DEFAULT 'open',
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "remind_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "assignee_id" UUID,
    "outcome" TEXT,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_decision" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "task_id" UUID NOT NULL,
    "by" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "note" TEXT,
    "evidence" JSONB NOT NULL DEFAULT '[]',
    "numbers" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "task_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_note" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "task_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "call" INTEGER NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "task_note_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "form" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "title" JSONB NOT NULL,
    "fields" JSONB NOT NULL,
    "counts" TEXT,
    "consent" JSONB,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closes_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "token_hash" BYTEA,

    CONSTRAINT "form_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "answer" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "form_id" UUID NOT NULL,
    "by" TEXT NOT NULL,
    "member_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "values" JSONB NOT NULL,

    CONSTRAINT "answer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "metric_point" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "value" DECIMAL(20,4) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,

    CONSTRAINT "metric_point_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "channel_id" UUID,
    "channel" TEXT NOT NULL,
    "class" "message_class" NOT NULL,
    "mode" TEXT NOT NULL,
    "text" JSONB NOT NULL,
    "posted" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "message_id" UUID NOT NULL,
    "recipient" TEXT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "group_id" UUID,
    "member_id" UUID,
    "state" "delivery_state" NOT NULL,
    "heads" INTEGER NOT NULL DEFAULT 1,
    "skip_reason" TEXT,
    "provider_id" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("message_id","recipient")
);

-- CreateTable
CREATE TABLE "send_count" (
    "team_id" INTEGER NOT NULL,
    "recipient" TEXT NOT NULL,
    "day" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "send_count_pkey" PRIMARY KEY ("team_id","recipient","day")
);

-- CreateTable
CREATE TABLE "report" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "lap" BIGINT NOT NULL,
    "state" "report_state" NOT NULL DEFAULT 'draft',
    "data" JSONB NOT NULL,
    "markdown" JSONB NOT NULL,
    "drafted_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "approved_at" TIMESTAMPTZ(3),
    "approved_by" TEXT,

    CONSTRAINT "report_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_account_team_id_id_key" ON "user_account"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_email_key" ON "user_account"("email");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_token_hash_key" ON "invitation"("token_hash");

-- CreateIndex
CREATE INDEX "invitation_team_id_idx" ON "invitation"("team_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_token_hash_key" ON "api_key"("token_hash");

-- CreateIndex
CREATE INDEX "api_key_team_id_idx" ON "api_key"("team_id");

-- CreateIndex
CREATE INDEX "login_attempt_key_at_idx" ON "login_attempt"("key", "at");

-- CreateIndex
CREATE INDEX "audit_log_team_id_id_idx" ON "audit_log"("team_id", "id");

-- CreateIndex
CREATE INDEX "audit_log_team_id_subject_id_idx" ON "audit_log"("team_id", "subject", "id");

-- CreateIndex
CREATE INDEX "notice_team_id_id_idx" ON "notice"("team_id", "id");

-- CreateIndex
CREATE INDEX "notice_run_id_id_idx" ON "notice"("run_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "notice_team_id_key_key" ON "notice"("team_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "channel_team_id_id_key" ON "channel"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "channel_team_id_name_key" ON "channel"("team_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "community_team_id_id_key" ON "community"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "community_team_id_name_key" ON "community"("team_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "community_group_team_id_id_key" ON "community_group"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "community_group_team_id_community_id_name_key" ON "community_group"("team_id", "community_id", "name");

-- CreateIndex
CREATE INDEX "member_team_id_status_id_idx" ON "member"("team_id", "status", "id");

-- CreateIndex
CREATE INDEX "member_tags_idx" ON "member" USING GIN ("tags");

-- CreateIndex
CREATE UNIQUE INDEX "member_team_id_id_key" ON "member"("team_id", "id");

-- CreateIndex
CREATE INDEX "member_identity_member_id_idx" ON "member_identity"("member_id");

-- CreateIndex
CREATE UNIQUE INDEX "member_identity_channel_id_external_id_key" ON "member_identity"("channel_id", "external_id");

-- CreateIndex
CREATE INDEX "membership_member_id_group_id_idx" ON "membership"("member_id", "group_id");

-- CreateIndex
CREATE INDEX "membership_group_id_left_at_idx" ON "membership"("group_id", "left_at");

-- CreateIndex
CREATE INDEX "consent_member_id_purpose_idx" ON "consent"("member_id", "purpose");

-- CreateIndex
CREATE INDEX "opt_out_team_id_run_id_at_idx" ON "opt_out"("team_id", "run_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "opt_out_member_id_scope_value_key" ON "opt_out"("member_id", "scope", "value");

-- CreateIndex
CREATE UNIQUE INDEX "segment_team_id_id_key" ON "segment"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "segment_team_id_community_id_name_key" ON "segment"("team_id", "community_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "playbook_team_id_id_key" ON "playbook"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "playbook_team_id_key_key" ON "playbook"("team_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "draft_team_id_playbook_id_key" ON "draft"("team_id", "playbook_id");

-- CreateIndex
CREATE UNIQUE INDEX "playbook_version_team_id_id_key" ON "playbook_version"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "playbook_version_playbook_id_number_key" ON "playbook_version"("playbook_id", "number");

-- CreateIndex
CREATE INDEX "schedule_team_id_idx" ON "schedule"("team_id");

-- CreateIndex
CREATE INDEX "run_team_id_status_id_idx" ON "run"("team_id", "status", "id");

-- CreateIndex
CREATE INDEX "run_playbook_id_id_idx" ON "run"("playbook_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "run_team_id_id_key" ON "run"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "run_team_id_launch_key_key" ON "run"("team_id", "launch_key");

-- CreateIndex
CREATE INDEX "due_run_id_shard_at_id_idx" ON "due"("run_id", "shard", "at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "due_run_id_key_key" ON "due"("run_id", "key");

-- CreateIndex
CREATE INDEX "subject_member_id_idx" ON "subject"("member_id");

-- CreateIndex
CREATE UNIQUE INDEX "subject_run_id_graph_member_id_key" ON "subject"("run_id", "graph", "member_id");

-- CreateIndex
CREATE UNIQUE INDEX "subject_run_id_graph_person_key" ON "subject"("run_id", "graph", "person");

-- CreateIndex
CREATE INDEX "stuck_visit_team_id_resolved_at_idx" ON "stuck_visit"("team_id", "resolved_at");

-- CreateIndex
CREATE INDEX "listener_team_id_event_member_id_graph_idx" ON "listener"("team_id", "event", "member_id", "graph");

-- CreateIndex
CREATE INDEX "listener_run_id_event_person_idx" ON "listener"("run_id", "event", "person");

-- CreateIndex
CREATE INDEX "run_event_run_id_id_idx" ON "run_event"("run_id", "id");

-- CreateIndex
CREATE INDEX "event_team_id_name_member_id_at_idx" ON "event"("team_id", "name", "member_id", "at");

-- CreateIndex
CREATE INDEX "event_run_id_name_person_at_idx" ON "event"("run_id", "name", "person", "at");

-- CreateIndex
CREATE INDEX "event_seen_seen_at_idx" ON "event_seen"("seen_at");

-- CreateIndex
CREATE INDEX "task_team_id_state_due_at_idx" ON "task"("team_id", "state", "due_at");

-- CreateIndex
CREATE INDEX "task_run_id_state_idx" ON "task"("run_id", "state");

-- CreateIndex
CREATE UNIQUE INDEX "task_team_id_id_key" ON "task"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "task_run_id_node_ordinal_lap_key" ON "task"("run_id", "node", "ordinal", "lap");

-- CreateIndex
CREATE UNIQUE INDEX "task_decision_task_id_by_key" ON "task_decision"("task_id", "by");

-- CreateIndex
CREATE UNIQUE INDEX "task_note_task_id_kind_call_key" ON "task_note"("task_id", "kind", "call");

-- CreateIndex
CREATE UNIQUE INDEX "form_token_hash_key" ON "form"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "form_team_id_id_key" ON "form"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "form_run_id_node_ordinal_lap_key" ON "form"("run_id", "node", "ordinal", "lap");

-- CreateIndex
CREATE UNIQUE INDEX "answer_form_id_by_key" ON "answer"("form_id", "by");

-- CreateIndex
CREATE INDEX "metric_point_run_id_name_at_idx" ON "metric_point"("run_id", "name", "at");

-- CreateIndex
CREATE UNIQUE INDEX "metric_point_run_id_name_source_key" ON "metric_point"("run_id", "name", "source");

-- CreateIndex
CREATE UNIQUE INDEX "message_team_id_id_key" ON "message"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "message_run_id_node_ordinal_lap_key" ON "message"("run_id", "node", "ordinal", "lap");

-- CreateIndex
CREATE INDEX "delivery_run_id_at_idx" ON "delivery"("run_id", "at");

-- CreateIndex
CREATE INDEX "delivery_member_id_at_idx" ON "delivery"("member_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "report_run_id_node_ordinal_lap_key" ON "report"("run_id", "node", "ordinal", "lap");

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_team_id_user_id_fkey" FOREIGN KEY ("team_id", "user_id") REFERENCES "user_account"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel" ADD CONSTRAINT "channel_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "community" ADD CONSTRAINT "community_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "community_group" ADD CONSTRAINT "community_group_team_id_community_id_fkey" FOREIGN KEY ("team_id", "community_id") REFERENCES "community"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "community_group" ADD CONSTRAINT "community_group_team_id_channel_id_fkey" FOREIGN KEY ("team_id", "channel_id") REFERENCES "channel"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_identity" ADD CONSTRAINT "member_identity_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_identity" ADD CONSTRAINT "member_identity_team_id_channel_id_fkey" FOREIGN KEY ("team_id", "channel_id") REFERENCES "channel"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_team_id_group_id_fkey" FOREIGN KEY ("team_id", "group_id") REFERENCES "community_group"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent" ADD CONSTRAINT "consent_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "opt_out" ADD CONSTRAINT "opt_out_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "segment" ADD CONSTRAINT "segment_team_id_community_id_fkey" FOREIGN KEY ("team_id", "community_id") REFERENCES "community"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "playbook" ADD CONSTRAINT "playbook_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "draft" ADD CONSTRAINT "draft_team_id_playbook_id_fkey" FOREIGN KEY ("team_id", "playbook_id") REFERENCES "playbook"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "playbook_version" ADD CONSTRAINT "playbook_version_team_id_playbook_id_fkey" FOREIGN KEY ("team_id", "playbook_id") REFERENCES "playbook"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "playbook_version" ADD CONSTRAINT "playbook_version_plan_hash_team_id_fkey" FOREIGN KEY ("plan_hash", "team_id") REFERENCES "plan"("hash", "team_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_team_id_version_id_fkey" FOREIGN KEY ("team_id", "version_id") REFERENCES "playbook_version"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_plan_hash_team_id_fkey" FOREIGN KEY ("plan_hash", "team_id") REFERENCES "plan"("hash", "team_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shard" ADD CONSTRAINT "shard_team_id_run_id_fkey" FOREIGN KEY ("team_id", "run_id") REFERENCES "run"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_team_id_run_id_fkey" FOREIGN KEY ("team_id", "run_id") REFERENCES "run"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_decision" ADD CONSTRAINT "task_decision_team_id_task_id_fkey" FOREIGN KEY ("team_id", "task_id") REFERENCES "task"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_note" ADD CONSTRAINT "task_note_team_id_task_id_fkey" FOREIGN KEY ("team_id", "task_id") REFERENCES "task"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "answer" ADD CONSTRAINT "answer_team_id_form_id_fkey" FOREIGN KEY ("team_id", "form_id") REFERENCES "form"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_team_id_message_id_fkey" FOREIGN KEY ("team_id", "message_id") REFERENCES "message"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report" ADD CONSTRAINT "report_team_id_run_id_fkey" FOREIGN KEY ("team_id", "run_id") REFERENCES "run"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ── By hand: what Prisma cannot say ─────────────────────────────────────────────────────────────────────────────

-- Instants travel as milliseconds, as the engine counts them.

create function instant_of(ms bigint) returns timestamptz language sql immutable strict parallel safe as $$
  select 'epoch'::timestamptz + ms * interval '1 millisecond'
$$;

create function ms_of(at timestamptz) returns bigint language sql immutable strict parallel safe as $$
  select (extract(epoch from at) * 1000)::bigint
$$;

-- Partitions. A run's id is a uuid of version 7, which begins with the milliseconds of its launch: a month is a range.

create function first_uuid_of(month timestamptz) returns uuid language sql immutable strict as $$
  select (lpad(to_hex((extract(epoch from month) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

create function launch_month_of(run uuid) returns timestamptz language sql immutable strict as $$
  select date_trunc('month', to_timestamp(
    ('x' || lpad(left(replace(run::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0), 'UTC')
$$;

-- Called before a run is created. Attaching takes a weaker lock than creating in place: running work goes on.
create function ensure_launch_month(run uuid) returns void language plpgsql as $$
declare
  month timestamptz := launch_month_of(run);
  parent text;
  part text;
begin
  foreach parent in array array['ledger', 'passed'] loop
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

-- Immutability.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;

create trigger plan_is_immutable before update or delete on plan for each row execute function refuse_change();
create trigger plan_is_kept before truncate on plan execute function refuse_change();
create trigger playbook_version_is_immutable before update or delete on playbook_version
  for each row execute function refuse_change();
create trigger playbook_version_is_kept before truncate on playbook_version execute function refuse_change();
create trigger audit_log_is_append_only before update or delete on audit_log
  for each row execute function refuse_change();
create trigger passed_is_append_only before update or delete on passed for each row execute function refuse_change();
create trigger task_decision_is_append_only before update or delete on task_decision
  for each row execute function refuse_change();
create trigger task_note_is_append_only before update or delete on task_note
  for each row execute function refuse_change();
create trigger metric_point_is_append_only before update or delete on metric_point
  for each row execute function refuse_change();

create function guard_ledger() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or (new.run_id, new.node, new.ordinal, new.lap, new.call, new.team_id)
      is distinct from (old.run_id, old.node, old.ordinal, old.lap, old.call, old.team_id)
    or not (old.state, new.state) in (('intended', 'done'), ('intended', 'doubt'), ('doubt', 'done'), ('intended', 'released'),
      ('doubt', 'released'), ('released', 'intended'), ('released', 'done'))
  then
    raise exception 'ledger is append-only: % of a row that is % refused', lower(tg_op), old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ledger_is_append_only before update or delete on ledger for each row execute function guard_ledger();

-- Erasing a person empties the data of their events; what is counted stays.
create function guard_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.data <> '{}'::jsonb
    or (to_jsonb(new) - 'data') is distinct from (to_jsonb(old) - 'data')
  then
    raise exception 'event is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger event_is_append_only before update or delete on event for each row execute function guard_event();

create function guard_notice() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (to_jsonb(new) - 'seen_at') is distinct from (to_jsonb(old) - 'seen_at') then
    raise exception 'notice is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger notice_is_append_only before update or delete on notice for each row execute function guard_notice();

-- State machines.

create function guard_run() returns trigger language plpgsql as $$
begin
  if (new.team_id, new.version_id, new.plan_hash, new.params, new.seed, new.mode, new.script, new.start_at)
    is distinct from
    (old.team_id, old.version_id, old.plan_hash, old.params, old.seed, old.mode, old.script, old.start_at)
  then
    raise exception 'run %: what it was launched with cannot change', old.id using errcode = 'restrict_violation';
  end if;
  if new.status <> old.status and not (case old.status
      when 'scheduled' then new.status in ('running', 'paused', 'stopping', 'completed', 'cancelled', 'failed')
      when 'running' then new.status in ('paused', 'stopping', 'completed', 'cancelled', 'failed')
      when 'paused' then new.status in ('running', 'stopping', 'completed', 'cancelled', 'failed')
      when 'stopping' then new.status in ('completed', 'cancelled', 'failed')
      else false
    end)
  then
    raise exception 'run %: % cannot become %', old.id, old.status, new.status using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger run_keeps_its_word before update on run for each row execute function guard_run();

-- A task that is closed stays closed; a sensitive one closes by a person's recorded decision only.
create function guard_task() returns trigger language plpgsql as $$
begin
  if old.state in ('done', 'expired', 'dropped') and (new.state, new.outcome) is distinct from (old.state, old.outcome)
  then
    raise exception 'task %: it is % already', old.id, old.state using errcode = 'restrict_violation';
  end if;
  if new.state = 'done' and old.state <> 'done' and new.sensitive and not exists (
    select from task_decision d join run r on r.id = new.run_id
    where d.task_id = new.id and d.outcome = new.outcome
      and (r.mode = 'fast' or d.by !~ '^(simulated|script)'))
  then
    raise exception 'task %: a person has to decide this', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger task_stays_closed before update on task for each row execute function guard_task();

create function guard_report() returns trigger language plpgsql as $$
begin
  if new.state < old.state or (old.state = 'approved' and new is distinct from old) then
    raise exception 'report %: it is % already', old.id, old.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger report_moves_forward before update on report for each row execute function guard_report();

-- Stays of one member in one group never overlap. The member's row is the lock, so that two writers cannot both see none.
create function guard_membership() returns trigger language plpgsql as $$
begin
  perform from member where id = new.member_id for update;
  if exists (
    select from membership m
    where m.member_id = new.member_id and m.group_id = new.group_id and m.id <> new.id
      and m.joined_at < coalesce(new.left_at, 'infinity') and new.joined_at < coalesce(m.left_at, 'infinity'))
  then
    raise exception 'membership: % is in the group % already', new.member_id, new.group_id
      using errcode = 'exclusion_violation';
  end if;
  return new;
end $$;
create trigger membership_never_overlaps before insert or update on membership
  for each row execute function guard_membership();

-- Checks.

alter table user_account
  add constraint email_is_lower_case check (email = lower(email)),
  add constraint has_a_role check (cardinality(roles) > 0);
alter table invitation add constraint has_a_role check (cardinality(roles) > 0);
alter table api_key add constraint has_a_role check (cardinality(roles) > 0);
alter table audit_log add constraint actor_is_known check (actor_kind in ('user', 'key', 'run', 'system'));
alter table community add constraint purpose_is_known
  check (purpose in ('product', 'service', 'knowledge', 'brand'));
alter table community_group
  add constraint head_count_is_a_count check (head_count >= 0),
  add constraint capacity_is_a_count check (capacity > 0);
alter table membership
  add constraint ends_after_it_began check (left_at > joined_at),
  add constraint role_is_known check (role in ('member', 'admin', 'owner'));
alter table consent add constraint ends_after_it_began check (revoked_at >= granted_at);
alter table opt_out
  add constraint scope_is_known check (scope in ('all', 'channel', 'class')),
  add constraint value_fits_scope check ((scope = 'all') = (value = ''));
alter table draft add constraint revision_counts check (revision >= 1);
alter table playbook_version add constraint number_counts check (number >= 1);
alter table plan add constraint hash_is_sha256 check (hash ~ '^[0-9a-f]{64}$');
alter table run
  add constraint members_are_bounded check (members between 0 and 1000000),
  -- Each workflow skips on a clock of its own.
  add constraint compressed_fits_one_shard check (mode = 'real' or members <= 10000),
  add constraint finished_when_over
    check ((finished_at is not null) = (status in ('completed', 'cancelled', 'failed')));
alter table shard
  add constraint cursor_within_inbox check (cursor between 0 and head),
  add constraint no_counts check (no >= 0);
alter table ledger
  add constraint code_when_done check (state <> 'done' or code is not null),
  add constraint code_is_a_byte check (code between 0 and 255),
  add constraint call_is_16_bit check (call between 0 and 65535);
alter table passed
  add constraint lateness_is_positive check (late_ms >= 0),
  add constraint skipped_is_known check (skipped in ('late', 'operator', 'off'));
alter table stuck_visit
  add constraint reason_is_known check (reason in ('failed', 'doubt', 'late', 'calls')),
  add constraint resolution_is_known check (resolution in ('retry', 'skip', 'end', 'dropped'));
alter table task
  add constraint quorum_counts check (quorum >= 1),
  add constraint outcome_when_done check (state <> 'done' or outcome is not null),
  add constraint closed_when_over check ((closed_at is not null) = (state in ('done', 'expired', 'dropped')));
alter table message add constraint mode_is_known check (mode in ('auto', 'confirm', 'humanCopy'));
alter table delivery add constraint heads_count check (heads >= 0);
alter table send_count add constraint count_counts check (count >= 0);
alter table report add constraint approved_by_someone
  check ((state = 'approved') = (approved_at is not null and approved_by is not null));
