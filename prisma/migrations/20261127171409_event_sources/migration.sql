-- CreateTable
CREATE TABLE "event_source" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "makes_members" BOOLEAN NOT NULL DEFAULT false,
    "channels" UUID[] DEFAULT ARRAY[]::UUID[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" UUID,

    CONSTRAINT "event_source_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "event_source_team_id_name_key" ON "event_source"("team_id", "name");

-- AddForeignKey
ALTER TABLE "event_source" ADD CONSTRAINT "event_source_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
