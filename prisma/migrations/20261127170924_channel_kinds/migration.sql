-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "channel_kind" ADD VALUE 'webhook';
ALTER TYPE "channel_kind" ADD VALUE 'email';
ALTER TYPE "channel_kind" ADD VALUE 'feishu';
ALTER TYPE "channel_kind" ADD VALUE 'dingtalk';
ALTER TYPE "channel_kind" ADD VALUE 'wecom';
ALTER TYPE "channel_kind" ADD VALUE 'wecom-customers';
ALTER TYPE "channel_kind" ADD VALUE 'slack';
ALTER TYPE "channel_kind" ADD VALUE 'discord';
ALTER TYPE "channel_kind" ADD VALUE 'telegram';
