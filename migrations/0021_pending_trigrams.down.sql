alter index companies_domain_part set (fastupdate = off);
alter index companies_domain_part reset (gin_pending_list_limit);
alter index listed_companies_part set (fastupdate = off);
alter index listed_companies_part reset (gin_pending_list_limit);
