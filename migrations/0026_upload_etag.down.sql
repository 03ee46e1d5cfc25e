alter table imports drop column upload_etag;
