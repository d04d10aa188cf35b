-- AlterTable
ALTER TABLE "delivery" ADD COLUMN     "claim" UUID;
