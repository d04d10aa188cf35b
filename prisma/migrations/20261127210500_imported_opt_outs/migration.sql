-- AlterTable
ALTER TABLE "import_row" ADD COLUMN     "opt_outs" TEXT[] DEFAULT ARRAY[]::TEXT[];
