-- AlterTable
ALTER TABLE "listener" ADD COLUMN     "heed_ms" INTEGER NOT NULL DEFAULT 0;
