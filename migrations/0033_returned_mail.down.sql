alter table alert_channels drop column confirmed_at, drop column last_bounced_at;
