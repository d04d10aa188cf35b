-- DropIndex
DROP INDEX "listener_run_id_event_person_idx";

-- DropIndex
DROP INDEX "listener_team_id_event_member_id_graph_idx";

-- DropIndex
DROP INDEX "subject_member_id_idx";

-- DropIndex
DROP INDEX "subject_run_id_graph_member_id_key";

-- DropIndex
DROP INDEX "subject_run_id_graph_person_key";

-- CreateIndex
CREATE INDEX "listener_member_id_event_team_id_graph_idx" ON "listener"("member_id", "event", "team_id", "graph");

-- CreateIndex
CREATE INDEX "listener_person_event_run_id_idx" ON "listener"("person", "event", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "subject_member_id_run_id_graph_key" ON "subject"("member_id", "run_id", "graph");

-- CreateIndex
CREATE UNIQUE INDEX "subject_person_run_id_graph_key" ON "subject"("person", "run_id", "graph");
