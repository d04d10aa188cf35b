-- AlterTable
ALTER TABLE "ledger" ADD COLUMN     "claim" UUID;
