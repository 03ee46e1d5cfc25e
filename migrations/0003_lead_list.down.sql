-- hunter: no transaction
drop statistics lead_scores_verdict;
drop index concurrently lead_scores_segment_mailbox_best;
alter table companies alter column domain set statistics -1;
drop index concurrently companies_by_domain;
drop index concurrently companies_domain_start;
drop index concurrently companies_domain_part;
drop extension pg_trgm;
