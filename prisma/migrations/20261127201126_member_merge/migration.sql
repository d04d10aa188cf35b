-- CreateTable
CREATE TABLE "member_merge" (
    "from_id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "into_id" UUID NOT NULL,
    "external_key" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "member_merge_pkey" PRIMARY KEY ("from_id")
);

-- CreateIndex
CREATE INDEX "member_merge_team_id_into_id_idx" ON "member_merge"("team_id", "into_id");

-- CreateIndex
CREATE UNIQUE INDEX "member_merge_team_id_external_key_key" ON "member_merge"("team_id", "external_key");

-- AddForeignKey
ALTER TABLE "member_merge" ADD CONSTRAINT "member_merge_team_id_into_id_fkey" FOREIGN KEY ("team_id", "into_id") REFERENCES "member"("team_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- While two records of one person become one, what either has done is that person's, and nothing else of an event changes.
create function is_merging() returns boolean language sql stable as $$
  select coalesce(current_setting('kindling.merging', true), '') = 'on'
$$;

create or replace function guard_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and is_merging() and same_but(to_jsonb(old), to_jsonb(new), array['member_id']) then
    return new;
  end if;
  if tg_op = 'DELETE' or (new.data <> '{}'::jsonb and not is_erasing())
    or not same_but(to_jsonb(old), to_jsonb(new), case when is_erasing() then array['data', 'source_id'] else array['data'] end)
  then
    raise exception 'event is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
