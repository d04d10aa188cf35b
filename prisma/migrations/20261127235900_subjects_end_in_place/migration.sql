-- Every subject changes at least once, when it ends, and in none of the columns that an index names: with room in its page the
-- new version stays there (HOT) and no index hears of it.
alter table subject set (fillfactor = 70);
