import * as z from 'zod/mini'
import { backupListQuery, backupPlanQuery, backupQuery, BACKUP_STATES } from '#api/backups/inputs'
import type { backupTable } from '#api/backups/table'
import { count, cursor, describeField, texts, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { TIERS } from '#backups/format/retention-tiers'

const ID = '20261120T000000Z-4f9c2a'
const KEY = `hunter/2026/11/${ID}/dump.sql.gz`
const SHA = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

const tier = describeField(
  z.nullable(z.enum(TIERS)),
  'Retention tier that decides when it expires; null: it does not expire',
)
const reason = (what: string) => describeField(z.nullable(z.string()), what, 'its manifest was changed after its proof')

const backupRun = z.object({
  state: describeField(z.enum(['failed', 'running', 'did not end']), 'How the run ended; `did not end`: it was killed'),
  started_at: describeField(time, 'When the run began'),
  ended_at: describeField(z.nullable(time), 'When it ended; null: it runs, or was killed'),
  host: describeField(z.string(), 'Machine or function that ran it', '169.254.76.1'),
  code: describeField(z.nullable(z.string()), 'Code of the error; null: no error was recorded', 'DATABASE_UNAVAILABLE'),
  reason: describeField(z.string(), 'What happened', 'the database does not answer'),
})

const head = {
  id: describeField(z.string(), 'Id of the backup: when it began, in UTC', ID),
  source: describeField(z.string(), 'Name of the database or of its settings', 'hunter'),
  readable: describeField(z.boolean(), 'False: the manifest is missing or damaged, or the data is'),
  state: describeField(z.enum(BACKUP_STATES), 'Whether the backup is proven to restore'),
  reason: reason('Why it is not verified, or what its proof leaves open; null: nothing to say'),
  sequence: describeField(z.nullable(count), 'Sequence number, which orders the backups of a name; null: unknown', 42),
  run: z.nullable(backupRun).check(z.describe('The run, when it left no backup or an unproven one; null otherwise')),
  notes: z
    .object({
      note: describeField(z.nullable(z.string()), 'Note that a person wrote', 'before the move'),
      tags: describeField(texts, 'Tags that a person set', ['release-42']),
    })
    .check(z.describe('What people wrote on the backup')),
}

const manifestFields = {
  kind: describeField(z.enum(['postgres', 'sqlite', 'config']), 'What it is a backup of; `config`: settings alone'),
  created_at: describeField(time, 'When the backup began'),
  duration_ms: describeField(count, 'How long it took, in milliseconds', 4_210),
  tool_version: describeField(z.string(), 'Version of Hunter that made it', '0.1.0'),
  rows: describeField(z.nullable(count), 'Number of rows in all tables; null: it holds settings alone', 12_000),
  migration_revision: describeField(z.nullable(z.string()), 'Newest migration of the database', '0014_erasures'),
  server_version: describeField(z.nullable(z.string()), 'Version of the database server', '17.5'),
  pinned: describeField(z.nullable(z.string()), 'Why it stays at any age; null: it is not pinned', 'before a restore'),
  pinned_until: describeField(z.nullable(time), 'When the pin ends; null: never, or it is not pinned'),
  object: z
    .object({
      key: describeField(z.string(), 'Key of the data in the bucket', KEY),
      version_id: describeField(z.nullable(z.string()), 'Version of the object', '3sL4kqtJlcpXroDTDmJ'),
      gzip_bytes: describeField(count, 'Stored size in bytes', 1_048_576),
      raw_bytes: describeField(count, 'Size in bytes before compression', 8_388_608),
      sha256: describeField(z.string(), 'SHA-256 of the stored bytes', SHA),
    })
    .check(z.describe('The object with the data')),
}

const proofFields = {
  level: describeField(count, 'Highest level of which every check passed: 0 to 5; 4 and 5 are verified', 4),
  verified: describeField(z.boolean(), 'True: it was restored, and every row was as dumped'),
  started_at: describeField(time, 'When the proof began'),
  duration_ms: describeField(count, 'How long it took, in milliseconds', 9_800),
  restore_ms: describeField(z.nullable(count), 'How long the restore took; null: nothing was restored', 6_100),
  restored_into: describeField(z.nullable(z.string()), 'Where it was restored', 'PGlite, Postgres 17.5'),
}

const backupEntry = z.object({
  ...head,
  tier,
  manifest: z.nullable(z.object(manifestFields)).check(z.describe('What the backup holds; null: it is not readable')),
  proof: z.nullable(z.object(proofFields)).check(z.describe('The proof that counts; null: there is none')),
})

const backupList = z.object({
  backups: describeField(z.array(backupEntry), 'The backups of this page, newest first'),
  next_cursor: cursor,
})

const decision = {
  action: describeField(
    z.enum(['keep', 'tag', 'untag', 'remove']),
    'What happens to it next; `tag` and `untag` change its tier, and `remove` means that it is due for removal',
  ),
  tier,
  reason: describeField(z.string(), 'Why', 'the first verified backup of 2026-11'),
  expires_at: describeField(z.nullable(time), 'When the bucket removes it; null: never'),
}

const older = describeField(count, 'Backups beyond the 1,000 newest of each name, which are not looked at here', 0)

const backupPlan = z.object({
  backups: z
    .array(
      z.object({
        id: head.id,
        source: head.source,
        state: describeField(
          z.enum(['verified', 'failed', 'unproven', 'unreadable', 'incomplete', 'empty']),
          'What is there; `incomplete`: no manifest, `empty`: only the record of a run',
        ),
        ...decision,
        changes: describeField(texts, 'Objects that do not have this tier yet', [KEY]),
      }),
    )
    .check(z.describe('The decisions of this page, newest backup first')),
  older,
  next_cursor: cursor,
})

const milliseconds = (what: string) => describeField(count, `${what}, in milliseconds`, 6_100)

const backupStats = z.object({
  stats: z
    .array(
      z.object({
        source: head.source,
        backups: describeField(count, 'Number of backups', 42),
        verified: describeField(count, 'Number of verified ones', 41),
        failed: describeField(count, 'Number of failed ones, damaged ones included', 0),
        unproven: describeField(count, 'Number of those without a proof yet', 1),
        runs_failed: describeField(count, 'Runs that left no backup, as far as their records remain', 1),
        last_failed_run: z
          .nullable(z.object({ id: head.id, code: backupRun.shape.code, reason: backupRun.shape.reason }))
          .check(z.describe('The newest run that left no backup; null: there is none')),
        proof_rate: describeField(z.nullable(z.number()), 'Share of verified backups among all runs, 0 to 1', 0.95),
        from_future: describeField(count, 'Backups with a time in the future: a clock was wrong', 0),
        stored_bytes: describeField(count, 'Size of all of them in the bucket', 44_040_192),
        newest: z
          .nullable(
            z.object({
              id: head.id,
              raw_bytes: describeField(count, 'Size in bytes before compression', 8_388_608),
              stored_bytes: describeField(count, 'Stored size in bytes', 1_048_576),
              duration_ms: milliseconds('How long it took'),
            }),
          )
          .check(z.describe('The newest backup that can be read; null: there is none')),
        growth_bytes_per_day: describeField(
          z.nullable(z.number()),
          'Growth before compression over at most 30 days; null: they span less than a day',
          20_480,
        ),
        newest_verified: z
          .nullable(z.object({ id: head.id, age_ms: milliseconds('Its age') }))
          .check(z.describe('The newest verified backup; null: there is none')),
        proof_restore_ms_median: describeField(
          z.nullable(z.number()),
          'Median time of the restores of proofs, in milliseconds; null: none has run',
          6_100,
        ),
        drills: describeField(count, 'Number of restore drills', 6),
        drills_failed: describeField(count, 'Number of failed ones', 0),
        recovery: z
          .nullable(
            z.object({
              last_ms: milliseconds('Recovery time of the last drill'),
              median_ms: describeField(z.number(), 'Median recovery time, in milliseconds', 6_100),
              longest_ms: milliseconds('Longest recovery time'),
            }),
          )
          .check(z.describe('Recovery times of the drills; null: none has passed')),
      }),
    )
    .check(z.describe('Statistics by name; a name without any run is left out')),
  older,
  next_run_at: describeField(time, 'When the schedule makes the next backup'),
})

const backup = z.object({
  ...head,
  state: describeField(
    z.enum([...BACKUP_STATES, 'requested']),
    'Whether the backup is proven to restore; `requested`: its run has not begun yet',
  ),
  manifest: z
    .nullable(
      z.object({
        ...manifestFields,
        tables: z
          .array(
            z.object({
              name: describeField(z.string(), 'Schema and name of the table', 'public.companies'),
              rows: describeField(count, 'Number of rows', 12_000),
              raw_bytes: describeField(z.nullable(count), 'Size of the rows; null: not known (SQLite)', 960_000),
              stored_bytes: describeField(z.nullable(count), 'Stored size of the rows', 120_000),
            }),
          )
          .check(z.describe('The tables, in the order of the object')),
        settings: z
          .object({
            files: z
              .array(
                z.object({
                  name: describeField(
                    z.string(),
                    'Name in the archive',
                    'parameters/hunter/live/KeyPepper.json.sealed',
                  ),
                  bytes: describeField(count, 'Size before encryption', 120),
                  encrypted: describeField(z.boolean(), 'True: sealed with HUNTER_BACKUP_KEY'),
                }),
              )
              .check(z.describe('Settings that are stored')),
            warnings: describeField(texts, 'Settings that are missing, each with its reason', ['.env: not found']),
          })
          .check(z.describe('Settings that are stored beside the data')),
      }),
    )
    .check(z.describe('What the backup holds; null: its manifest is missing or cannot be read')),
  proof: z
    .nullable(
      z.object({
        ...proofFields,
        checks: z
          .array(
            z.object({
              name: describeField(z.string(), 'What was checked', 'fingerprints'),
              level: describeField(count, 'Level of the check: 1 to 5', 4),
              passed: describeField(z.boolean(), 'Whether it passed'),
              reason: reason('Why it failed, or what it could not examine; null: nothing to say'),
            }),
          )
          .check(z.describe('Every check of the proof')),
      }),
    )
    .check(z.describe('The proof that counts; null: there is none')),
  check: z
    .nullable(
      z.object({
        checked_at: describeField(time, 'When all bytes were read'),
        passed: describeField(z.boolean(), 'True: they are as written'),
        reason: reason('What differs; null: nothing'),
        bytes: describeField(count, 'Bytes read', 1_048_576),
        duration_ms: describeField(count, 'How long it took, in milliseconds', 900),
      }),
    )
    .check(z.describe('The last check of its bytes after the proof; null: there was none')),
  retention: z
    .nullable(z.object(decision))
    .check(
      z.describe('When it expires and why; null: Hunter plans only the 1,000 newest backups, and this one is older'),
    ),
})

const backupRequest = z.object({
  id: head.id,
  source: head.source,
  state: describeField(z.enum(['requested']), 'The request waits in the queue; GET the path in Location to follow it'),
})

const answers = { backupRequest, backupEntry, backupList, backupStats, backupPlan, backup, backupRun }

const backupPath = {
  params: z.object({ id: z.string().check(z.describe('Id of the backup')) }),
  example: { params: { id: ID } },
}

export const backupContract = {
  answers,
  operations: {
    listBackups: {
      summary: 'List backups, newest first',
      description:
        'Lists the backups of the database and of its settings, and the runs that left none. The manifests in the bucket are the catalog. With `state` or `tier` a page reads at most 500 backups: it may hold fewer items than `limit`, or none, while `next_cursor` leads on.',
      example: { query: { state: 'verified', source: 'hunter' } },
      query: backupListQuery,
      answer: 'backupList',
      errors: ['VALIDATION_FAILED', 'STORAGE_UNAVAILABLE'],
    },
    getBackupStats: {
      summary: 'Get statistics of the backups',
      description:
        'Returns counts, sizes, growth, the age of the newest verified backup and recovery times, by name, as `hunter backup stats` does.',
      query: backupQuery,
      answer: 'backupStats',
      errors: ['VALIDATION_FAILED', 'STORAGE_UNAVAILABLE'],
    },
    getBackupPlan: {
      summary: 'Get the retention plan of the backups',
      description:
        'Returns for each backup whether it stays or goes, when and why. Nothing is changed: the bucket removes what is due by its own rules.',
      query: backupPlanQuery,
      answer: 'backupPlan',
      errors: ['VALIDATION_FAILED', 'STORAGE_UNAVAILABLE'],
    },
    startBackup: {
      summary: 'Back the database up now',
      description:
        'Requests a backup of the database with its settings, and a proof after it. The id is that of the coming backup: its path, named by Location, answers `requested`, then `running`, then what it became. Another backup that runs or was just requested is refused with 409.',
      idempotent: true,
      status: 202,
      hasLocation: true,
      answer: 'backupRequest',
      errors: ['BACKUP_RUNNING', 'STORAGE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'],
    },
    verifyBackup: {
      summary: 'Prove a backup now',
      description:
        'Requests a proof: the backup is restored elsewhere and compared row by row. The path in Location shows the new proof within minutes.',
      idempotent: true,
      ...backupPath,
      query: backupQuery,
      status: 202,
      hasLocation: true,
      answer: 'backupRequest',
      errors: [
        'VALIDATION_FAILED',
        'BACKUP_ID_INVALID',
        'BACKUP_NOT_FOUND',
        'STORAGE_UNAVAILABLE',
        'QUEUE_UNAVAILABLE',
      ],
    },
    getBackup: {
      summary: 'Get a backup with its tables, proof and end of life',
      description:
        'Returns what a backup holds, how it was proven, and when it expires and why. It also takes the id of a run that left no backup.',
      ...backupPath,
      query: backupQuery,
      answer: 'backup',
      errors: ['VALIDATION_FAILED', 'BACKUP_ID_INVALID', 'BACKUP_NOT_FOUND', 'STORAGE_UNAVAILABLE'],
    },
  },
} satisfies Contract<typeof backupTable, typeof answers>
