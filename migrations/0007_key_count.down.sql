alter table api_keys drop column limit_id;
