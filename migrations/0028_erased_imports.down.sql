alter table imports drop column erased;
