drop table alert_deliveries;
drop table alert_channels;
drop table alert_queues;
alter table alerts drop column segment, drop column priority, drop column score;
