-- When the reader of an e-mail channel unsubscribed by the link of a mail. Confirmation codes contain the time, so that
-- no code from before confirms the address once more.
alter table alert_channels add column unsubscribed_at timestamptz;
