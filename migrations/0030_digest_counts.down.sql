alter table alert_digests drop column counts;
