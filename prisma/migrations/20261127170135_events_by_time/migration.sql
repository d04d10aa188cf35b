-- What an activity waits for, and what a metric counts, is looked up by time, whoever did it.
-- `tx`: rows from before have been seen by every snapshot that is still to come.
ALTER TABLE "event" ADD COLUMN     "tx" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint;

CREATE INDEX "event_team_id_name_at_idx" ON "event"("team_id", "name", "at");

-- An event changes rows of these without touching an index: with room on the page they stay where they are.
ALTER TABLE "member" SET (fillfactor = 85);
ALTER TABLE "subject" SET (fillfactor = 85);
ALTER TABLE "listener" SET (fillfactor = 75);
