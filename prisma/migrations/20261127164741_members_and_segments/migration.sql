-- CreateEnum
CREATE TYPE "member_kind" AS ENUM ('member', 'staff', 'test');

-- CreateEnum
CREATE TYPE "attribute_type" AS ENUM ('text', 'number', 'boolean', 'date', 'choice');

-- DropIndex
DROP INDEX "segment_team_id_community_id_name_key";

-- AlterTable
ALTER TABLE "member" ADD COLUMN     "erased_at" TIMESTAMPTZ(3),
ADD COLUMN     "external_key" TEXT,
ADD COLUMN     "kind" "member_kind" NOT NULL DEFAULT 'member';

-- AlterTable
ALTER TABLE "segment" ADD COLUMN     "updated_at" TIMESTAMPTZ(3),
ALTER COLUMN "community_id" DROP NOT NULL,
ALTER COLUMN "rule" SET DATA TYPE JSON;
UPDATE "segment" SET "updated_at" = "created_at";
ALTER TABLE "segment" ALTER COLUMN "updated_at" SET NOT NULL;

-- CreateTable
CREATE TABLE "member_tag" (
    "member_id" UUID NOT NULL,
    "tag" TEXT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "member_tag_pkey" PRIMARY KEY ("member_id","tag")
);

-- CreateTable
CREATE TABLE "attribute" (
    "team_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "type" "attribute_type" NOT NULL,
    "label" JSONB NOT NULL DEFAULT '{}',
    "choices" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "personal" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attribute_pkey" PRIMARY KEY ("team_id","key")
);

-- CreateTable
CREATE TABLE "segment_snapshot" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "segment_id" UUID,
    "name" TEXT,
    "cel" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,
    "source" TEXT NOT NULL,

    CONSTRAINT "segment_snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "segment_snapshot_member" (
    "snapshot_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,

    CONSTRAINT "segment_snapshot_member_pkey" PRIMARY KEY ("snapshot_id","member_id")
);

-- CreateIndex
CREATE INDEX "member_tag_expires_at_idx" ON "member_tag"("expires_at");

-- CreateIndex
CREATE INDEX "segment_snapshot_team_id_segment_id_at_idx" ON "segment_snapshot"("team_id", "segment_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "segment_snapshot_team_id_id_key" ON "segment_snapshot"("team_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "member_team_id_external_key_key" ON "member"("team_id", "external_key");

-- CreateIndex
CREATE UNIQUE INDEX "segment_team_id_name_key" ON "segment"("team_id", "name");

-- AddForeignKey
ALTER TABLE "member_tag" ADD CONSTRAINT "member_tag_team_id_member_id_fkey" FOREIGN KEY ("team_id", "member_id") REFERENCES "member"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attribute" ADD CONSTRAINT "attribute_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- By hand.

alter table member add constraint erased_has_an_instant check ((status = 'erased') = (erased_at is not null));
alter table attribute add constraint choices_belong_to_a_choice check ((type = 'choice') = (cardinality(choices) > 0));
alter table segment_snapshot add constraint count_is_a_count check (count >= 0);

-- What was frozen stays as it was.
create trigger segment_snapshot_is_frozen before update on segment_snapshot for each row execute function refuse_change();
create trigger segment_snapshot_member_is_frozen before update on segment_snapshot_member
  for each row execute function refuse_change();
