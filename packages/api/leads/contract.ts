import * as z from 'zod/mini'
import { count, cursor, describeField, NOT_JSON, texts, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { signalName, signals } from '#api/contract/signals'
import { pageQuery } from '#api/http/fields'
import { exportQuery, leadListQuery, lookupBody } from '#api/leads/inputs'
import type { leadTable } from '#api/leads/table'
import { CHANGE_CAUSES, REFERRAL_KINDS } from '#db/tables'
import { MEDIA_TYPES } from '#exports/formats'
import { CHANGE_TYPES } from '#leads/changes/change-types'
import { QUESTIONS } from '#leads/fixes/fix'
import { SALES_LANGUAGES } from '#leads/sales/summary'
import { SEGMENTS } from '#leads/score/segment'
import type { ErrorCode } from '#platform/errors'

const points = z.int().check(z.gte(0), z.lte(100))
const domain = describeField(z.string(), 'Domain of the lead', 'acme.com.tr')
const scannedAt = describeField(time, 'When the scan began')
export const verdict = {
  segment: describeField(z.enum(SEGMENTS), 'What to do with the lead', 'Migration'),
  segment_reason: describeField(z.string(), 'Why the lead is in its segment', 'score'),
  priority: describeField(z.int().check(z.gte(1), z.lte(7)), 'How soon to call: 1 first, 7 last', 2),
  provisional: describeField(z.boolean(), 'True while an unknown signal could move the lead to another segment'),
}
const scoreFields = {
  score: describeField(points, 'How good the lead is, 0 to 100', 75),
  score_min: describeField(points, 'Least score while signals are unknown', 75),
  score_max: describeField(points, 'Greatest score while signals are unknown', 75),
  rules_version: describeField(count, 'Version of the rules behind the score', 1),
}

const listedFields = {
  company: describeField(z.nullable(z.string()), 'Name of the company, from the newest list that has one', 'Acme A.Ş.'),
  email_domain: describeField(
    z.nullable(z.string()),
    "Domain of the company's e-mail address in that list, which may be a mail provider's",
    'acme.com.tr',
  ),
  fields: describeField(
    z.array(
      z.object({
        name: describeField(z.string(), 'Heading of the column', 'Şehir'),
        value: describeField(z.string(), 'What the list says there', 'İzmir'),
      }),
    ),
    'The other columns of the lists, without empty ones, the newest list first',
  ),
}

const scoreLine = z.object({
  rule: describeField(z.string(), 'Rule that applied: its group and its case', 'dmarc.none'),
  points: describeField(z.int(), 'Points that it gives', 5),
  min: describeField(z.int(), 'Least points that it can turn out to give', 5),
  max: describeField(z.int(), 'Most points that it can turn out to give', 5),
  state: describeField(z.enum(['present', 'absent', 'unknown']), 'State of the signal behind it'),
  evidence: describeField(z.string(), 'What the scan saw, in one line', 'v=DMARC1; p=none'),
  counterfactual: describeField(
    z.nullable(
      z.object({
        rule: describeField(z.string(), 'Rule that would apply instead', 'dmarc.reject'),
        points: describeField(count, 'Points that the score would gain', 15),
        text: describeField(z.string(), 'The same in words', 'with DMARC reject: +15'),
      }),
    ),
    'The best that the domain could still gain here; null when there is nothing to gain, or when that is unknown',
  ),
})

const evidence = describeField(z.string(), 'What the scan saw', 'aspmx.l.google.com')
const providerFields = {
  id: describeField(z.string(), 'Id of the provider', 'google-workspace'),
  name: describeField(z.string(), 'Name of the provider', 'Google Workspace'),
}
const confidence = describeField(z.number(), 'How sure Hunter is, 0 to 1', 1)
const tenant = z.object({
  signal: describeField(signalName, 'Signal that shows the tenant'),
  evidence: describeField(z.string(), 'What the scan saw', 'MS=ms12345678'),
  proves: describeField(z.boolean(), 'True: it proves a tenant; false: it suggests one'),
})
const tenants = z.array(tenant)
const provider = z
  .object({
    mailbox: describeField(
      z.object({
        ...providerFields,
        kind: describeField(z.string(), 'Kind of the mailbox', 'google'),
        confidence,
        settled: describeField(z.boolean(), 'True: no unknown signal could change the provider', true),
      }),
      'Where the mailboxes are',
    ),
    gateway: describeField(
      z.nullable(
        z.object({
          id: describeField(z.string(), 'Id of the gateway', 'proofpoint'),
          name: describeField(z.string(), 'Name of the gateway', 'Proofpoint'),
          kind: describeField(z.enum(['filter', 'forwarder']), 'What the gateway does with mail'),
          confidence,
        }),
      ),
      'What stands before the mailboxes; null: nothing',
    ),
    votes: describeField(
      z.array(
        z.object({
          role: describeField(z.enum(['mailbox', 'gateway']), 'What the vote is about'),
          provider: describeField(z.string(), 'Provider that it is for', 'google-workspace'),
          signal: describeField(signalName, 'Signal that it comes from'),
          weight: describeField(z.number(), 'How much it counts', 1),
          evidence,
          fingerprint: describeField(z.string(), 'Rule that recognised it', 'google.com'),
        }),
      ),
      'Evidence for the providers',
    ),
    tenants: describeField(
      z.object({
        microsoft365: describeField(tenants, 'Signs of a tenant of Microsoft 365'),
        google: describeField(tenants, 'Signs of a tenant of Google'),
        unanswered: describeField(z.array(signalName), 'Signals that did not answer and could show a tenant', []),
      }),
      'Accounts at Microsoft and Google, whatever the mailbox',
    ),
  })
  .check(z.describe('Provider of the mailboxes, and the evidence'))

const breakdown = describeField(z.array(scoreLine), 'The rules behind the score')

const referral = describeField(
  z.nullable(z.enum(REFERRAL_KINDS)),
  'Best kind of the open referrals of Partner Center; null: there is none',
  'co-sell',
)

export const lead = z.object({
  domain,
  ...listedFields,
  ...verdict,
  referral,
  tenant_id: describeField(
    z.nullable(z.string()),
    'Microsoft tenant that a referral names; null: none',
    '7d4f1c2b-8a1e-4c55-9e0a-3f6d5b7a9c22',
  ),
  ...scoreFields,
  breakdown,
  provider,
  signals,
  unanswered: describeField(z.array(signalName), 'Signals that did not answer, or only in part', []),
  queries: describeField(count, 'DNS questions that the scan asked', 31),
  scanned_at: scannedAt,
})

const scalar = z.union([z.string(), z.number(), z.null()])
/** Fields that every change has; the lists add what changed. */
export const changeFields = {
  old: describeField(scalar, 'Value before; null: there was none', 'quarantine'),
  new: describeField(scalar, 'Value now; null: there is none', null),
  cause: describeField(z.enum(CHANGE_CAUSES), 'A scan saw the change, or new rules or a referral made it'),
  at: describeField(time, 'When the newer scan began, or the rules or the referral were applied'),
}

/** A lead in a list. */
export const leadRow = z.object({
  domain,
  ...verdict,
  ...scoreFields,
  mailbox: describeField(z.string(), 'Id of the mailbox provider', 'google-workspace'),
  gateway: describeField(z.nullable(z.string()), 'Id of the gateway; null: none', 'proofpoint'),
  scanned_at: scannedAt,
  ...listedFields,
  referral,
})

const leadPage = z.object({
  leads: describeField(z.array(leadRow), 'The leads of this page'),
  total: z
    .object({
      value: describeField(count, 'How many leads', 128),
      exact: describeField(
        z.boolean(),
        'False: an estimate, as with more than 1,000 matches of a text or a score',
        true,
      ),
    })
    .check(z.describe('Leads that the filters match, on all pages')),
  next_cursor: cursor,
})

const input = describeField(z.string(), 'Text of the request', 'https://www.acme.com.tr/')
const lookup = z.object({
  leads: z
    .array(z.object({ input, ...leadRow.shape }))
    .check(z.describe('Leads found, each once, in the order of the request')),
  missing: z.array(z.object({ input, domain })).check(z.describe('Domains without a lead: scan them first')),
  invalid: z
    .array(
      z.object({
        input,
        reason: describeField(z.string(), 'Why it is not a domain, for programs', 'ip-address'),
        message: describeField(z.string(), 'Why it is not a domain, for people', 'not a domain: it is an IP address'),
      }),
    )
    .check(z.describe('Texts that are not a domain, each with the reason')),
  duplicates: describeField(count, 'Texts that name a domain that an earlier text of the request names', 0),
})

const scoreBreakdown = z.object({
  domain,
  ...scoreFields,
  sum: describeField(z.int(), 'Sum of the points before it is limited to 0..100', 75),
  breakdown,
  ...verdict,
  scanned_at: scannedAt,
})

const salesSummary = z.object({
  domain,
  one_liner: describeField(
    z.string(),
    'The lead in one sentence',
    'acme.com.tr has its mail at Google; DMARC is missing.',
  ),
  call_script: describeField(
    z.string(),
    'What to say, in paragraphs; or why not to call',
    'Hello, I looked at acme.com.tr …',
  ),
  discovery_questions: describeField(texts, 'Two to five questions for the call', ['Who looks after your e-mail?']),
  offer_tier: describeField(z.string(), 'Offer that fits', 'migration'),
  opportunity_potential: describeField(points, 'How much there is to win, 0 to 100', 70),
  urgency: describeField(z.enum(['low', 'medium', 'high']), 'How soon to call'),
  metadata: describeField(
    z.object({
      language: describeField(z.enum(SALES_LANGUAGES), 'Language of the texts'),
      version: describeField(count, 'Version of the texts and their rules', 3),
      offer_name: describeField(z.string(), 'The offer in words', 'Migration'),
      reasons: describeField(
        z.object({
          offer_tier: describeField(z.string(), 'Why this offer', 'The mail is at another provider'),
          opportunity_potential: describeField(texts, 'What the potential is made of', ['DMARC is missing: +20']),
          urgency: describeField(z.string(), 'Why this urgency', 'Anybody can send mail in the name of the domain'),
        }),
        'Reasons, in the language of the texts',
      ),
      segment: verdict.segment,
      priority: verdict.priority,
      score: scoreFields.score,
      provisional: verdict.provisional,
      unchecked: describeField(texts, 'Topics without an answer; the summary concludes nothing from them', ['DKIM']),
      scanned_at: scannedAt,
    }),
    'What the summary is built on',
  ),
})

const zoneRecord = {
  host: describeField(z.string(), 'Full name of the record', '_dmarc.acme.com.tr'),
  type: describeField(z.enum(['TXT']), 'Type of the record'),
  value: describeField(
    z.string(),
    'The text of the record, in one piece',
    'v=DMARC1; p=quarantine; rua=mailto:r@acme.com.tr',
  ),
}
const fixes = z.object({
  domain,
  fixes: describeField(
    z.array(
      z.object({
        rule: describeField(z.string(), 'Rule that the score then has', 'dmarc.reject'),
        points: describeField(count, 'Points that the score gains', 15),
        is_certain: describeField(
          z.boolean(),
          'True: a scan after the last step gives the points; false: an answer is missing, or only the scan can tell',
        ),
        title: describeField(z.string(), 'What to do', 'Raise DMARC to p=reject'),
        text: describeField(z.string(), 'Why', 'Receivers then refuse forged mail.'),
        steps: describeField(
          z.array(
            z.object({
              after_days: describeField(count, 'Days to wait after the step before', 14),
              remove: describeField(z.array(z.object(zoneRecord)), 'Records that end with this step'),
              publish: describeField(
                z.array(
                  z.object({ ...zoneRecord, ttl_seconds: describeField(count, 'Time to live in seconds', 3_600) }),
                ),
                'Records that begin with it',
              ),
            }),
          ),
          'What to publish, in order; empty while a question is open',
        ),
        questions: describeField(
          z.array(
            z.object({
              code: describeField(z.enum(QUESTIONS), 'The question, for programs', 'reports-clean'),
              about: describeField(texts, 'Names, hosts or terms that it is about', []),
              text: describeField(
                z.string(),
                'The question, for people',
                'Do the reports show only forged mail failing?',
              ),
            }),
          ),
          'What only a person can answer',
        ),
      }),
    ),
    'What gains most comes first',
  ),
  scanned_at: scannedAt,
})

const history = z.object({
  domain,
  changes: describeField(
    z.array(
      z.object({
        id: describeField(count, 'Id of the change', 42),
        type: describeField(z.enum(CHANGE_TYPES), 'What changed', 'dmarc_removed'),
        ...changeFields,
      }),
    ),
    'The changes of this page, newest first',
  ),
  next_cursor: cursor,
})

const answers = {
  lead,
  leadRow,
  leadPage,
  lookup,
  scoreBreakdown,
  salesSummary,
  fixes,
  history,
  signals,
  provider,
  tenant,
  scoreLine,
}

/** Shared by every route that names a lead by its domain. */
export const leadPath = {
  params: z.object({ domain: z.string().check(z.describe('Domain of the lead')) }),
  example: { params: { domain: 'acme.com.tr' } },
}
export const NO_LEAD: ErrorCode[] = ['DOMAIN_INVALID', 'LEAD_NOT_FOUND']

export const leadContract = {
  answers,
  operations: {
    listLeads: {
      summary: 'List leads, filtered and sorted',
      description: 'Lists leads, filtered and sorted. A filter that is left out matches all leads.',
      example: { query: { segment: 'Migration', score_min: '60', limit: '20' } },
      query: leadListQuery,
      answer: 'leadPage',
      errors: ['VALIDATION_FAILED'],
    },
    lookUpLeads: {
      summary: 'Look up many leads at once',
      description:
        'Looks up the leads of up to 100 domains. The answer says which have no lead, and which texts are not a domain, with the reason.',
      idempotent: { not: 'it only reads, so the same request gives the same answer until a scan changes a lead' },
      body: lookupBody,
      example: { body: { domains: ['acme.com.tr', 'https://www.example.org/', '10.0.0.1'] } },
      answer: 'lookup',
      errors: NOT_JSON,
    },
    exportLeads: {
      summary: 'Export the list of leads as a CSV or XLSX file',
      description:
        'The file has every lead of the list, in one consistent state. A file of more than 3 MB is answered by a redirect (303) to its address in the storage, which works for five minutes and needs no key. Headings are English unless Accept-Language asks for Turkish.',
      query: exportQuery,
      example: {
        query: { columns: 'domain,segment,score', delimiter: ';' },
        text: '\uFEFFDomain;Segment;Score\r\nacme.com.tr;Migration;75\r\n',
      },
      inLanguage: true,
      answer: { file: Object.values(MEDIA_TYPES), mayBeElsewhere: true },
      errors: ['VALIDATION_FAILED', 'EXPORT_TOO_LARGE', 'STORAGE_UNAVAILABLE'],
    },
    getLead: {
      summary: 'Get a lead with all of its evidence',
      description: 'Returns a lead with its score, its provider and every signal.',
      ...leadPath,
      answer: 'lead',
      errors: NO_LEAD,
    },
    getSalesSummary: {
      summary: 'Get the sales summary of a lead',
      description: 'Returns what a salesperson needs to know and say, in Turkish or English by Accept-Language.',
      inLanguage: true,
      ...leadPath,
      answer: 'salesSummary',
      errors: NO_LEAD,
    },
    getFixes: {
      summary: 'Get the records that would raise a score',
      description:
        'Returns the DNS records to publish, step by step, for each thing that would raise the score, and questions where a record would be a guess. The texts are in Turkish or English by Accept-Language.',
      inLanguage: true,
      ...leadPath,
      answer: 'fixes',
      errors: NO_LEAD,
    },
    getLeadPdf: {
      summary: 'Get a lead as a PDF',
      description:
        'Returns one or two A4 pages in Turkish or English by Accept-Language: the score with its range, the reasons, what to fix, the call script and the records. The same lead has the same bytes.',
      inLanguage: true,
      ...leadPath,
      answer: { file: ['application/pdf'] },
      errors: NO_LEAD,
    },
    getScoreBreakdown: {
      summary: 'Get the rules behind a score',
      description: 'Returns the rules behind a score, the evidence of each, and what would change it.',
      ...leadPath,
      answer: 'scoreBreakdown',
      errors: NO_LEAD,
    },
    listHistory: {
      summary: 'List the changes of a lead, newest first',
      description: 'Lists what scans and new rules changed about a lead, newest first.',
      ...leadPath,
      query: pageQuery,
      answer: 'history',
      errors: [...NO_LEAD, 'VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof leadTable, typeof answers>
