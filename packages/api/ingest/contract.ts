import * as z from 'zod/mini'
import { count, cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { FILE_TYPES } from '#api/http/file-body'
import { pageQuery } from '#api/http/fields'
import { domainBody, listBody, listQuery, webhookBody, webhookHeaders, webhookQuery } from '#api/ingest/inputs'
import type { ingestTable } from '#api/ingest/table'
import { IMPORT_STATES } from '#db/tables'

const ingestedDomain = z.object({
  import_id: describeField(z.uuid(), 'Id of the row, which is stored as it came'),
  domain: describeField(z.string(), 'Domain of the company', 'acme.com.tr'),
  created: describeField(z.boolean(), 'False: the company was known before, and the row was added to it'),
})

const name = (description: string, example: string) => describeField(z.nullable(z.string()), description, example)
const problem = z.nullable(
  z.object({
    code: describeField(z.string(), 'Code of the error', 'OPEN_DOMAINS_LIMIT'),
    message: describeField(z.string(), 'The error in words', 'the key has 20000 open domains of at most 20000'),
    remedy: describeField(z.string(), 'What to do', 'Cancel a job, or wait until your jobs finish some domains.'),
  }),
)

const importJob = z.object({
  id: describeField(z.nullable(z.uuid()), 'Id of the import; null for a dry run'),
  state: describeField(z.enum(IMPORT_STATES), 'State of the import'),
  dry_run: describeField(z.boolean(), 'True: nothing was stored'),
  created_by: describeField(z.string(), 'Key that sent the list', 'key:3kTMd92aXb0Q'),
  created_at: describeField(z.nullable(time), 'When the import began; null for a dry run'),
  finished_at: describeField(z.nullable(time), 'When it ended; null until then'),
  recognised: describeField(
    z.nullable(
      z.object({
        format: describeField(z.enum(['csv', 'xlsx', 'json']), 'What the file is, by its content; json: a webhook'),
        encoding: name('Encoding of a CSV file', 'windows-1254'),
        delimiter: name('Character between the cells of a CSV file', ';'),
        sheet: name('Sheet of a workbook that was read', 'Sayfa1'),
        sheets: describeField(z.nullable(count), 'Sheets of the workbook', 1),
        header_line: describeField(z.nullable(count), 'Line of the header; null: the list has none', 1),
        columns: describeField(
          z.object({
            domain: name('Column of websites or domains', 'Web Sitesi'),
            email: name('Column of e-mail addresses', 'E-Posta'),
            company: name('Column of names', 'Firma'),
          }),
          'Headings of the columns that Hunter reads',
        ),
      }),
    ),
    'What Hunter recognised; null until it has read the file',
  ),
  rows_total: describeField(z.nullable(count), 'Rows of the list, an estimate for CSV', 120),
  rows: describeField(count, 'Rows that were read so far', 120),
  accepted: describeField(count, 'Rows that mean a company', 117),
  refused: describeField(count, 'Rows that mean no company', 3),
  created: describeField(z.nullable(count), 'Companies that are new; null for a dry run', 90),
  duplicates: describeField(z.nullable(count), 'Accepted rows that name a company again; null until all are read', 7),
  scan: describeField(
    z.object({
      requested: describeField(z.boolean(), 'True: the accepted companies are scanned'),
      jobs: describeField(z.array(z.uuid()), 'Bulk scans of the companies, for GET /api/v1/scan/bulk/{job}', [
        '0190f0a0-0000-7000-8000-000000000000',
      ]),
    }),
    'Bulk scans that the import started',
  ),
  problem: describeField(
    problem,
    'Why the import failed, why it waits, or why companies are in no bulk scan yet; else null',
  ),
  refusals: describeField(
    z.array(
      z.object({
        line: describeField(count, 'Line of the row in the file', 4),
        value: describeField(z.string(), 'Text of the cell that was judged', '192.0.2.1'),
        reason: describeField(z.string(), 'Why the row means no company', 'not a domain: it is an IP address'),
      }),
    ),
    'The refused rows of this page, in the order of the list',
  ),
  next_cursor: cursor,
})

const answers = { ingestedDomain, importJob }

const importPath = {
  params: z.object({ import: z.uuid().check(z.describe('Id of the import')) }),
  example: { params: { import: '0190f0a0-0000-7000-8000-000000000000' } },
}

export const ingestContract = {
  answers,
  operations: {
    ingestDomain: {
      summary: 'Take in a company',
      description:
        'Stores what you send as it is and creates the company, unless it exists. It scans nothing. Domains of mail providers, social networks and link shorteners name no company and are refused.',
      idempotent: true,
      body: domainBody,
      example: { body: { domain: 'acme.com.tr', source: 'fair 2026', fields: { Company: 'Acme A.Ş.' } } },
      status: 201,
      answer: 'ingestedDomain',
      errors: [...NOT_JSON, 'DOMAIN_INVALID'],
    },
    ingestList: {
      summary: 'Import a list of companies from a CSV file or a workbook',
      description:
        'Imports a CSV file or an Excel workbook (.xlsx). Send up to 3 MiB as the body, as a form with one file, or as text in JSON; for up to 50 MiB, name an upload. A worker reads an upload and a list of more than 5,000 rows, and the answer comes before that. The content decides what the file is. A file that cannot be read is refused as a whole; a row that means no company is refused with its line and the reason. Up to 100 refused rows are in the answer, and `GET /api/v1/ingest/{import}` has the rest.',
      idempotent: true,
      query: listQuery,
      body: listBody,
      files: FILE_TYPES,
      example: { body: { csv: 'Firma;Web Sitesi\nAcme A.Ş.;www.acme.com.tr\nBir Ltd.;192.0.2.1\n' } },
      status: 202,
      hasLocation: true,
      answer: 'importJob',
      errors: [
        ...NOT_JSON,
        'CSV_INVALID',
        'LIST_EMPTY',
        'ENCODING_WRONG',
        'FILE_FORMAT_UNSUPPORTED',
        'FILE_DAMAGED',
        'UPLOAD_NOT_FOUND',
        'UPLOAD_EXPIRED',
        'STORAGE_UNAVAILABLE',
        'QUEUE_UNAVAILABLE',
        'FILE_TOO_LARGE',
      ],
    },
    ingestWebhook: {
      summary: 'Take in leads from a webhook',
      description:
        'Takes one lead or up to 1,000 from a program such as a CRM or a form. The delivery is signed as Standard Webhooks 1.0.0 describes, with the secret of a webhook that `POST /api/v1/admin/webhooks` created for the key of the request. A delivery that arrives a second time gets the answer of the first and changes nothing. A lead that means no company is kept and counted as refused, with the reason. The answer is that of an import of a list, and `GET /api/v1/ingest/{import}` repeats it.',
      idempotent: { not: 'the header webhook-id names the delivery, which is stored once' },
      headers: webhookHeaders,
      query: webhookQuery,
      body: webhookBody,
      example: {
        body: {
          type: 'lead.created',
          data: { domain: 'acme.com.tr', company: 'Acme A.Ş.', email: 'ayse@acme.com.tr', employees: 40 },
        },
      },
      status: 202,
      hasLocation: true,
      answer: 'importJob',
      errors: [...NOT_JSON, 'SIGNATURE_MISSING', 'SIGNATURE_STALE', 'SIGNATURE_INVALID', 'DELIVERY_ID_REUSED'],
    },
    getImport: {
      summary: 'Get the progress of an import and its refused rows',
      description:
        'Returns how far an import is, and its refused rows page by page. A key without the scope `read` sees only its own imports.',
      ...importPath,
      query: pageQuery,
      answer: 'importJob',
      errors: ['VALIDATION_FAILED', 'IMPORT_NOT_FOUND'],
    },
    scanImport: {
      summary: 'Scan the accepted companies of an import',
      description:
        'Starts bulk scans of the accepted companies that are in none yet. It works once all rows are read; only the key that sent the list and administrators may do this.',
      idempotent: true,
      ...importPath,
      status: 202,
      hasLocation: true,
      answer: 'importJob',
      errors: ['IMPORT_NOT_FOUND', 'IMPORT_RUNNING', 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
  },
} satisfies Contract<typeof ingestTable, typeof answers>
