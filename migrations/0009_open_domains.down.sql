drop index scan_batches_open;
alter table scan_batches drop column domains, drop column keyid;
