-- Conditions ask `'x' = any(tags)`, which this index does not answer; only the members' list by tag did use it, and goes through
-- its team in a few milliseconds. While it was there, every change of a tag wrote each index of the member anew.
-- DropIndex
DROP INDEX "member_tags_idx";

-- Room in each page for the next version of its rows: a journey notes something about all of its members again and again, and
-- what stays in its page (HOT) touches no index at all.
alter table member set (fillfactor = 60);
