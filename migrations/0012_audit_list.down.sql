-- hunter: no transaction
create index concurrently audit_log_newest on audit_log (at desc);
drop index concurrently audit_log_by_object;
drop index concurrently audit_log_by_actor_and_action;
drop index concurrently audit_log_by_action;
drop index concurrently audit_log_by_actor;
drop index concurrently audit_log_by_time;
