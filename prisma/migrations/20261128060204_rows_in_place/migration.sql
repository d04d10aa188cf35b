-- Tags that come off by themselves are few among all: the others need no place in their index.
-- DropIndex
DROP INDEX "member_tag_expires_at_idx";
create index member_tag_expires_at_idx on member_tag (expires_at) where expires_at is not null;

-- Every subject of a journey ends, thousands of them at once, and no index knows of it: with room on the page it stays there.
alter table subject set (fillfactor = 60);
