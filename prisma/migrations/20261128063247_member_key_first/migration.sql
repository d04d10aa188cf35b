-- An index that begins with the team alone looks as good as any other for one member while the table is new; a connection that has
-- planned a foreign key's check then goes through all of the team for each row, until somebody counts the table.
-- DropIndex
DROP INDEX "member_team_id_external_key_key";

-- CreateIndex
CREATE UNIQUE INDEX "member_external_key_team_id_key" ON "member"("external_key", "team_id");
