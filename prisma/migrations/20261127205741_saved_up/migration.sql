-- AlterTable
ALTER TABLE "shard" ADD COLUMN     "patient" TIMESTAMPTZ(3);
