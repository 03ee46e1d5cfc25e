alter table lead_changes drop column cause;
alter table lead_scores drop column input_hash;
