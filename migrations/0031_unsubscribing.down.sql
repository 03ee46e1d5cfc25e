alter table alert_channels drop column unsubscribed_at;
