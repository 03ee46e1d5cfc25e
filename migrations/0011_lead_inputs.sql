-- What a verdict was made of, so that equal signals are not judged again, and whether a change came from a scan or from
-- new rules. A lead that was stored before has no hash: its next scan, or "hunter leads rescore", judges it anew.

alter table lead_scores
  add column input_hash text,
  add constraint lead_scores_input_hash_shape check (input_hash ~ '^[0-9a-f]{16}$');

alter table lead_changes
  add column cause text not null default 'scan',
  add constraint lead_changes_cause check (cause in ('scan', 'rules'));
