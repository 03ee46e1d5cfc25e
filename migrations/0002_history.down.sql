drop table ip_facts;
drop table provider_overrides;
drop table alerts;
drop table lead_changes;
