update lead_changes set cause = 'rules' where cause = 'referral';
alter table lead_changes drop constraint lead_changes_cause;
alter table lead_changes add constraint lead_changes_cause check (cause in ('scan', 'rules'));
drop table partner_center_referrals;
drop table partner_center;
