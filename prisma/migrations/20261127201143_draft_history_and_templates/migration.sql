-- CreateTable
CREATE TABLE "draft_revision" (
    "playbook_id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "document" JSON NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,
    "saved_by" UUID,

    CONSTRAINT "draft_revision_pkey" PRIMARY KEY ("playbook_id","revision")
);

-- CreateTable
CREATE TABLE "template" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "title" JSONB NOT NULL,
    "document" JSON NOT NULL,
    "origin" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" UUID,

    CONSTRAINT "template_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "template_team_id_created_at_idx" ON "template"("team_id", "created_at");

-- AddForeignKey
ALTER TABLE "draft_revision" ADD CONSTRAINT "draft_revision_team_id_playbook_id_fkey" FOREIGN KEY ("team_id", "playbook_id") REFERENCES "playbook"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "template" ADD CONSTRAINT "template_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
