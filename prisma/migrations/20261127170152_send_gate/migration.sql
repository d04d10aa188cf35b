-- AlterEnum
CREATE TYPE "delivery_state_new" AS ENUM ('planned', 'gated', 'requested', 'confirmed', 'sent', 'skipped', 'expired', 'failed', 'unknown');
ALTER TABLE "delivery" ALTER COLUMN "state" TYPE "delivery_state_new" USING (replace("state"::text, 'intended', 'planned')::"delivery_state_new");
ALTER TYPE "delivery_state" RENAME TO "delivery_state_old";
ALTER TYPE "delivery_state_new" RENAME TO "delivery_state";
DROP TYPE "public"."delivery_state_old";

-- AlterTable
ALTER TABLE "channel" ADD COLUMN     "identity" TEXT,
ADD COLUMN     "limits" JSONB,
ADD COLUMN     "verified_at" TIMESTAMPTZ(3),
ADD COLUMN     "verified_by" TEXT;

-- AlterTable
ALTER TABLE "community_group" ADD COLUMN     "zone" TEXT;

-- AlterTable
ALTER TABLE "delivery" RENAME COLUMN "skip_reason" TO "reason";
ALTER TABLE "delivery" ADD COLUMN     "attempts" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN     "call" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "channel_id" UUID,
ADD COLUMN     "charges" JSONB,
ADD COLUMN     "confirmed_at" TIMESTAMPTZ(3),
ADD COLUMN     "gated_at" TIMESTAMPTZ(3),
ADD COLUMN     "next_at" TIMESTAMPTZ(3),
ADD COLUMN     "priority" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN     "reconciled_at" TIMESTAMPTZ(3),
ADD COLUMN     "reconciled_by" TEXT,
ADD COLUMN     "requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "valid_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "channel_health" (
    "channel_id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "opened" INTEGER NOT NULL DEFAULT 0,
    "closed_until" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "sent_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "failure" TEXT,

    CONSTRAINT "channel_health_pkey" PRIMARY KEY ("channel_id")
);

-- CreateTable
CREATE TABLE "channel_bucket" (
    "channel_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "recipient" TEXT NOT NULL DEFAULT '',
    "team_id" INTEGER NOT NULL,
    "out" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "channel_bucket_pkey" PRIMARY KEY ("channel_id","name","recipient")
);

-- CreateIndex
CREATE UNIQUE INDEX "channel_health_team_id_channel_id_key" ON "channel_health"("team_id", "channel_id");

-- AddForeignKey
ALTER TABLE "channel_health" ADD CONSTRAINT "channel_health_team_id_channel_id_fkey" FOREIGN KEY ("team_id", "channel_id") REFERENCES "channel"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel_bucket" ADD CONSTRAINT "channel_bucket_team_id_channel_id_fkey" FOREIGN KEY ("team_id", "channel_id") REFERENCES "channel"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;


-- ── By hand ─────────────────────────────────────────────────────────────────────────────────────────────────────

update delivery set gated_at = at, requested_at = at where state in ('requested', 'sent', 'unknown');
update delivery set reason = 'delivery' where state = 'failed' and reason is null;
update delivery set reason = 'unspecified' where state = 'skipped' and reason is null;
update delivery d set channel_id = m.channel_id from message m where m.id = d.message_id and m.channel_id is not null;

-- Invariant: nothing is on its way to anybody whom the gate has not let through.
alter table delivery
  add constraint gated_first
    check (gated_at is not null or state not in ('gated', 'requested', 'confirmed', 'sent', 'unknown')),
  add constraint handed_over_before_doubt check (state <> 'unknown' or requested_at is not null),
  add constraint valid_while_gated check (state <> 'gated' or valid_until is not null),
  add constraint says_why check (state not in ('skipped', 'failed') or reason is not null),
  add constraint attempts_count check (attempts >= 0),
  add constraint call_is_16_bit check (call between 0 and 65535);

-- The state machine of domain/data.md. What was left in doubt moves only when somebody has found out or decided,
-- what has failed only when its visit is tried again under a new call. Sent, skipped and expired are final.
create function guard_delivery() returns trigger language plpgsql as $$
begin
  if not (case old.state
    -- To sent at once: a channel within the database posts in the transaction of the gate.
    when 'planned' then new.state in ('gated', 'requested', 'sent', 'skipped', 'expired', 'failed')
    when 'gated' then new.state in ('planned', 'requested', 'skipped', 'expired', 'failed')
    when 'requested' then
      new.state in ('planned', 'confirmed', 'sent', 'skipped', 'expired', 'failed', 'unknown')
    when 'confirmed' then new.state in ('planned', 'gated', 'sent', 'skipped', 'expired', 'failed')
    when 'unknown' then new.state in ('planned', 'sent', 'failed') and new.reconciled_at is not null
    when 'failed' then new.state = 'planned' and new.call > old.call
    else false
  end) then
    raise exception 'A delivery does not go from % to %.', old.state, new.state using errcode = '23514';
  end if;
  return new;
end $$;
create trigger delivery_keeps_its_way before update of state on delivery
  for each row when (old.state is distinct from new.state) execute function guard_delivery();

-- What is planned holds its place against less urgent messages: for a recipient, and in an account's bucket.
create index delivery_planned_recipient_idx on delivery (team_id, recipient) where state = 'planned';
create index delivery_planned_channel_idx on delivery (channel_id, priority) where state = 'planned';
-- Handed over or let through, and not concluded: what a killed worker leaves behind.
create index delivery_open_channel_idx on delivery (channel_id, state) where state in ('gated', 'requested', 'unknown');
