-- An import enters about a hundred trigrams for each row. Collected in a pending list, those of many rows go into the index
-- together, which makes an import more than twice as fast. Every search reads the list, so it stays short: 256 kB are 32
-- pages (docs/decisions/040-import-speed.md).
alter index listed_companies_part set (fastupdate = on, gin_pending_list_limit = 256);
alter index companies_domain_part set (fastupdate = on, gin_pending_list_limit = 256);
