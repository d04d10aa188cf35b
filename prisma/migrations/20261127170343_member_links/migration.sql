-- AlterTable
ALTER TABLE "member" ADD COLUMN     "links_after" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "counted_link" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "node" INTEGER NOT NULL,
    "url" TEXT NOT NULL,

    CONSTRAINT "counted_link_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "counted_link_run_id_node_idx" ON "counted_link"("run_id", "node");

-- Members speak for themselves on their own pages.
ALTER TABLE "audit_log" DROP CONSTRAINT "actor_is_known";
ALTER TABLE "audit_log" ADD CONSTRAINT "actor_is_known" CHECK ("actor_kind" IN ('user', 'key', 'run', 'system', 'member'));
