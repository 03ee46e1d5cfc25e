/** Rows for what each migration makes room for, inserted once it has run; empty where it makes room for none. */
export const SAMPLES: Record<string, string> = {
  '0001_initial': `
    insert into companies (domain) values ('firma.com.tr'), ('örnek.com');
    insert into raw_leads (import_id, source, line, input, company_id, rejected) values
      ('00000000-0000-7000-8000-000000000001', 'csv', 1, '{"domain": "firma.com.tr"}', 1, null),
      ('00000000-0000-7000-8000-000000000001', 'csv', 2, '{"domain": "?"}', null, 'not a domain');
    insert into scans values (1, '{}', '{}', '2026-11-20T00:00:00Z');
    insert into lead_scores values
      (1, 75, 70, 80, 1, '[]', 'google', null, 'Migration', 'score', 2, false, '2026-11-20T00:00:00Z');
    insert into api_keys (keyid, name, secret_hmac, scopes) values ('key', 'a key', sha256('secret'), '{read,write}');
    insert into scan_jobs values ('00000000-0000-7000-8000-000000000002', 'key', 2, 0);
    insert into scan_batches (job_id, number) values ('00000000-0000-7000-8000-000000000002', 1);
    insert into scan_job_domains (job_id, position, batch, input, domain) values
      ('00000000-0000-7000-8000-000000000002', 1, 1, 'FIRMA.com.tr', 'firma.com.tr');
    insert into audit_log (actor, action, object) values ('cli', 'csv.imported', 'file')`,
  '0002_history': `
    insert into lead_changes (company_id, type, old_value, new_value, at) values
      (1, 'mx_changed', '"a"', '"b"', '2026-11-20T00:00:00Z');
    insert into alerts (change_id, type, raised_at) values (1, 'mx_changed', '2026-11-20T00:00:00Z');
    insert into provider_overrides (signal, suffix, provider_id, created_by) values ('mx', 'mail.firma.com', 'zoho', 'key');
    insert into ip_facts (ip, source, seen_at) values ('192.0.2.1', 'mx-ip', '2026-11-20T00:00:00Z')`,
  '0003_lead_list': '',
  '0004_keys': `
    insert into api_keys (keyid, name, scopes, bcrypt_hash, limit_per_minute) values
      ('imported', 'an old key', '{read}', '$2b$10$' || repeat('a', 53), 10);
    insert into scan_jobs values ('00000000-0000-7000-8000-000000000003', 'imported', 1, 0)`,
  '0005_idempotency': `
    insert into idempotency_keys values ('key', 'order 1', sha256('request'), '00000000-0000-7000-8000-000000000003',
      '2026-11-20T00:01:00Z', '2026-11-20T00:00:00Z', '{"job": "1"}', 202, '/job', '{}')`,
  '0006_bulk': `
    insert into scan_jobs values ('00000000-0000-7000-8000-000000000004', 'key', 2, 0, '2026-11-20T00:00:00Z', 1);
    insert into scan_batches (job_id, number, state, finished_at) values
      ('00000000-0000-7000-8000-000000000004', 1, 'cancelled', '2026-11-20T00:00:00Z');
    insert into scan_job_domains (job_id, position, batch, input, domain, outcome, finished_at) values
      ('00000000-0000-7000-8000-000000000004', 1, 1, 'firma.com.tr', 'firma.com.tr', 'cancelled', '2026-11-20T00:00:00Z')`,
  '0007_key_count': `
    update api_keys set limit_id = repeat('0a', 16) where keyid = 'key'`,
  '0008_pages': '',
  '0009_open_domains': `
    insert into scan_batches (job_id, number, keyid, domains) values ('00000000-0000-7000-8000-000000000004', 2, 'key', 1)`,
  '0010_search': `
    insert into companies (domain, domain_folded) values ('xn--irket-i1a.com.tr', 'sirket.com.tr')`,
  '0011_lead_inputs': `
    update lead_scores set input_hash = '0123456789abcdef' where company_id = 1;
    insert into lead_changes (company_id, type, old_value, new_value, at, cause) values
      (1, 'score_changed', '70', '75', '2026-11-20T00:00:00Z', 'rules')`,
  '0012_audit_list': '',
  '0013_lead_counts': `
    insert into lead_counts values ('Cold', 'zoho', 6, 3);
    insert into activity_counts values ('2026-11-20T00:15:00Z', 2, 1);
    insert into lead_count_changes (quarter, scans) values ('2026-11-20T00:30:00Z', 1)`,
  '0014_erasures': `
    insert into erasures values ('00000000-0000-7000-8000-000000000005', sha256('firma.com.tr'), '0123456789abcdef', '2026-11-20T00:00:00Z')`,
  '0015_listed_companies': `
    insert into listed_companies values
      (1, 'Firma A.Ş.', 'firma.com.tr', '[{"name": "Şehir", "value": "İzmir"}]', 'firma a.s.\nfirma.com.tr\nizmir', '2026-11-20T00:00:00Z')`,
  '0016_imports': `
    insert into imports (id, keyid, state, rows, accepted, refused, created, scan_jobs, created_at, finished_at) values
      ('00000000-0000-7000-8000-000000000006', 'key', 'done', 3, 2, 1, 1, '{00000000-0000-7000-8000-000000000002}',
       '2026-11-20T00:00:00Z', '2026-11-20T00:00:01Z')`,
  '0017_lead_moves': `
    insert into lead_moves (company_id, kind, from_place, to_place, is_complete, evidence, at) values
      (1, 'gateway-added', null, '{"id": "proofpoint", "name": "Proofpoint", "kind": "filter"}', true,
       '["mx1.eu.pphosted.com"]', '2026-11-20T00:00:00Z')`,
  '0018_alert_channels': `
    insert into alert_queues (address_hash, next_at) values (sha256('address'), '2026-11-20T00:00:00Z');
    insert into alert_channels
      (id, name, kind, address, address_hint, address_hash, types, priority_max, language, digest_hour, timezone, created_at) values
      ('00000000-0000-7000-8000-000000000007', 'Sales', 'slack', 'sealed', 'hooks.slack.com…abcd', sha256('address'),
       '{mx_changed}', 3, 'tr', 8, 'Europe/Istanbul', '2026-11-20T00:00:00Z');
    insert into alert_deliveries (channel_id, alert_id, next_at) values
      ('00000000-0000-7000-8000-000000000007', 1, '2026-11-20T05:00:00Z')`,
  '0019_webhooks': `
    insert into webhook_sources (id, keyid, name, secret, created_at) values
      ('00000000-0000-7000-8000-000000000007', 'key', 'Website form', 'encrypted', '2026-11-20T00:00:00Z');
    insert into webhook_deliveries values
      ('00000000-0000-7000-8000-000000000007', 'msg_1', sha256('body'), '00000000-0000-7000-8000-000000000006',
       '2026-11-20T00:00:00Z')`,
  '0020_rescans': `
    insert into rescan_schedule values
      (true, 30, 10000, 'Europe/Istanbul', '2026-11-20T00:00:00Z', 'cli', '2026-11-20T00:00:00Z', 'cli');
    update scans set next_scan_at = 'infinity', scan_failures = 2;
    update scan_jobs set kind = 'schedule' where id = '00000000-0000-7000-8000-000000000003'`,
  '0021_pending_trigrams': '',
  '0022_digests': `
    update alert_channels set digest_from = '2026-11-20T05:00:00Z', digest_marks = '{"moves":1,"alerts":1,"entries":1}';
    insert into alert_digests values
      ('00000000-0000-7000-8000-000000000008', '00000000-0000-7000-8000-000000000007', '2026-11-20', '2026-11-19T05:00:00Z',
       '2026-11-20T05:00:00Z', '{"moves":0,"alerts":0,"entries":0}', '{"moves":1,"alerts":1,"entries":1}', 'queued',
       '2026-11-20T05:00:10Z', null);
    insert into alert_deliveries (channel_id, digest_id, next_at) values
      ('00000000-0000-7000-8000-000000000007', '00000000-0000-7000-8000-000000000008', '2026-11-20T05:00:00Z')`,
  '0023_erasable_names': `update raw_leads set names = '{com.tr,firma.com.tr}' where company_id is null`,
  '0024_channel_last_failure': `
    update alert_channels set last_failed_at = '2026-11-20T00:00:00Z'`,
  '0025_partner_center': `
    insert into partner_center
      (tenant, client_id, client_secret, refresh_token, own_domains, refreshed_at, connected_at, connected_by, read_to) values
      ('contoso.com', '4990cffe-04e8-4e8b-808a-1175604b879f', 'sealed', 'sealed', '{contoso.com}', '2026-11-20T00:00:00Z',
       '2026-11-20T00:00:00Z', 'cli', '2026-11-20T00:00:00.1234567Z');
    insert into partner_center_referrals (id, etag, updated_at, kind, status, company_id) values
      ('a', '"1"', '2026-11-20T00:00:00.1234567Z', 'co-sell', 'Active', 1);
    insert into partner_center_referrals (id, updated_at, kind, domain_missing, closed_at) values
      ('b', '2026-11-20T00:00:00.1234567Z', 'other', 'no-address', '2026-11-20T00:00:00Z')`,
  '0026_upload_etag': `
    update imports set upload = 'upload', upload_etag = '"etag"' where id = '00000000-0000-7000-8000-000000000006'`,
  '0027_lead_referral': `
    insert into lead_changes (company_id, type, old_value, new_value, at, cause) values
      (1, 'score_changed', '75', '85', '2026-11-20T00:00:00Z', 'referral');
    update lead_scores set referral = 'co-sell' where company_id = 1`,
  '0028_erased_imports': `update imports set erased = '{hash}' where finished_at is null`,
  '0029_lead_walks': '',
  '0030_digest_counts': `
    update alert_digests set counts = '{"moves":1,"migration":0,"expiring":0,"alerts":2,"channels":0}'`,
  '0031_unsubscribing': `update alert_channels set unsubscribed_at = '2026-11-20T00:00:00Z'`,
  '0032_sessions': `
    insert into sessions values
      ('00000000-0000-7000-8000-000000000030', 'key', sha256('cookie'), sha256('secret'), 'Chrome on Windows',
       '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z', '2026-11-20T12:00:00Z')`,
  '0033_returned_mail': `
    update alert_channels set confirmed_at = '2026-11-20T00:00:00Z', last_bounced_at = '2026-11-20T00:00:00Z'`,
  '0034_erased_texts': '',
}
