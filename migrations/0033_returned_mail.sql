-- Mail of alerts that comes back. A bounce of a mail from before the reader confirmed the address says nothing any more,
-- and SES, which takes each mail at first, does not show that a mailbox works.
alter table alert_channels
  add column confirmed_at timestamptz,
  add column last_bounced_at timestamptz;
