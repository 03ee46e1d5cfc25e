-- When a message last failed. A channel that was quiet for longer than a retry may wait has not failed all the time, and
-- five days of failures begin with the next one.
alter table alert_channels add column last_failed_at timestamptz;
