-- Playbooks that events launch: what is armed, and what was ordered and is still to be launched.
CREATE TYPE "trigger_launch_state" AS ENUM ('waiting', 'launched', 'refused');

CREATE TABLE "event_trigger" (
    "id" UUID NOT NULL,
    "team_id" INTEGER NOT NULL,
    "playbook_id" UUID NOT NULL,
    "params" JSONB NOT NULL DEFAULT '{}',
    "roles" JSONB NOT NULL DEFAULT '{}',
    "audience" JSONB NOT NULL DEFAULT '{}',
    "per_hour" INTEGER NOT NULL DEFAULT 60,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" UUID,
    "stopped_at" TIMESTAMPTZ(3),

    CONSTRAINT "event_trigger_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "trigger_launch" (
    "trigger_id" UUID NOT NULL,
    "event_id" BIGINT NOT NULL,
    "team_id" INTEGER NOT NULL,
    "state" "trigger_launch_state" NOT NULL DEFAULT 'waiting',
    "at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "run_id" UUID,
    "reason" TEXT,

    CONSTRAINT "trigger_launch_pkey" PRIMARY KEY ("trigger_id","event_id")
);

CREATE INDEX "event_trigger_team_id_stopped_at_idx" ON "event_trigger"("team_id", "stopped_at");

CREATE INDEX "event_trigger_playbook_id_idx" ON "event_trigger"("playbook_id");

CREATE INDEX "trigger_launch_state_trigger_id_at_idx" ON "trigger_launch"("state", "trigger_id", "at");

CREATE INDEX "trigger_launch_trigger_id_decided_at_idx" ON "trigger_launch"("trigger_id", "decided_at");

alter table event_trigger add constraint rate_is_bounded check (per_hour between 1 and 10000);
alter table trigger_launch
  add constraint decided_has_an_instant check ((state = 'waiting') = (decided_at is null)),
  add constraint launched_has_a_run check ((state = 'launched') = (run_id is not null)),
  add constraint refused_has_a_reason check ((state = 'refused') = (reason is not null));

-- What has been decided stays so.
create function guard_trigger_launch() returns trigger language plpgsql as $$
begin
  if old.state <> 'waiting' then
    raise exception 'trigger_launch: it is % already', old.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger trigger_launch_is_decided_once before update on trigger_launch
  for each row execute function guard_trigger_launch();
