-- CreateTable
CREATE TABLE "task_evidence" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "task_id" UUID NOT NULL,
    "by" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "task_evidence_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "task_evidence_task_id_idx" ON "task_evidence"("task_id");

-- AddForeignKey
ALTER TABLE "task_evidence" ADD CONSTRAINT "task_evidence_team_id_task_id_fkey" FOREIGN KEY ("team_id", "task_id") REFERENCES "task"("team_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
