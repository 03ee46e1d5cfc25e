-- Companies that were erased while the import ran, so that the rows that are still to come do not bring them back: hashes
-- that only this import can compare, and none once it has ended.
alter table imports add column erased text[] not null default '{}';
