-- How much each section of a digest held, for the list of what was sent. Numbers alone: no company is named. Null: made
-- before this column, or not made yet.
alter table alert_digests add column counts jsonb;
