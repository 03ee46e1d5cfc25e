-- hunter: no transaction
-- The audit log in pages, newest first, for each filter: an index gives the entries in their order, so that a page of
-- ten million entries reads a page.

create index concurrently audit_log_by_time on audit_log (at desc, id desc);
create index concurrently audit_log_by_actor on audit_log (actor, at desc, id desc);
create index concurrently audit_log_by_action on audit_log (action, at desc, id desc);
create index concurrently audit_log_by_actor_and_action on audit_log (actor, action, at desc, id desc);
create index concurrently audit_log_by_object on audit_log (object, at desc, id desc);
drop index concurrently audit_log_newest;
