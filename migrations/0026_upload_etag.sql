-- The form of an upload may be sent more than once. An import reads only the file that was there when it was created; null: any.
alter table imports add column upload_etag text;
