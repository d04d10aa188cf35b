-- CreateEnum
CREATE TYPE "staff_message_state" AS ENUM ('waiting', 'sent', 'dropped', 'failed');

-- AlterTable
ALTER TABLE "channel" ADD COLUMN     "archived_at" TIMESTAMPTZ(3),
ADD COLUMN     "audience" TEXT NOT NULL DEFAULT 'members',
ADD COLUMN     "label" JSONB NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "notice_preference" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "user_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "kinds" TEXT[],
    "quiet" JSONB,
    "zone" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_preference_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_message" (
    "id" BIGSERIAL NOT NULL,
    "team_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "channel_id" UUID NOT NULL,
    "user_id" UUID,
    "notice_id" BIGINT,
    "task_id" UUID,
    "address" TEXT NOT NULL DEFAULT '',
    "text" TEXT,
    "state" "staff_message_state" NOT NULL DEFAULT 'waiting',
    "dispatch" UUID,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT,
    "provider_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "notice_preference_team_id_idx" ON "notice_preference"("team_id");

-- CreateIndex
CREATE UNIQUE INDEX "notice_preference_user_id_channel_id_key" ON "notice_preference"("user_id", "channel_id");

-- CreateIndex
CREATE INDEX "staff_message_channel_id_id_idx" ON "staff_message"("channel_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "staff_message_key_user_id_channel_id_key" ON "staff_message"("key", "user_id", "channel_id");

-- AddForeignKey
ALTER TABLE "notice_preference" ADD CONSTRAINT "notice_preference_team_id_user_id_fkey" FOREIGN KEY ("team_id", "user_id") REFERENCES "user_account"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice_preference" ADD CONSTRAINT "notice_preference_team_id_channel_id_fkey" FOREIGN KEY ("team_id", "channel_id") REFERENCES "channel"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_message" ADD CONSTRAINT "staff_message_team_id_channel_id_fkey" FOREIGN KEY ("team_id", "channel_id") REFERENCES "channel"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.

-- The page of a channel's deliveries; those of synthetic communities have no channel.
create index delivery_of_channel_idx on delivery (channel_id, at, message_id, recipient) where channel_id is not null;
-- The pump looks for what is due, and there is never much of it.
create index staff_message_due_idx on staff_message (next_at, id) where state = 'waiting';

alter table channel add constraint audience_is_known check (audience in ('members', 'staff'));
alter table notice_preference add constraint tells_something check (cardinality(kinds) > 0);
alter table staff_message
  add constraint finished_when_over check ((finished_at is not null) = (state <> 'waiting')),
  add constraint test_has_a_text check ((kind = 'test') = (text is not null));
