alter table alert_channels drop column last_failed_at;
