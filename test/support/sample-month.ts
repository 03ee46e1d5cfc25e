/** Six weeks of nightly backups as a real stage has them: a growing database, and nights that went wrong. */
import { buildBackupKeys } from '#backups/format/object-keys'
import { parseBackupId } from '#backups/format/backup-id'
import { boundProofOf, manifestOf } from '../backups/made-up.ts'
import { keepBackup, type SampleStore } from './sample-catalog.ts'

const DAY_MS = 86_400_000
const NIGHTS = 40

/** How many nights ago something was wrong. */
const WRONG: Record<number, 'missing' | 'failed run' | 'unproven' | 'failed proof'> = {
  9: 'failed proof',
  10: 'failed run',
  17: 'missing',
  26: 'unproven',
  31: 'failed run',
}

/** Table → rows of the oldest night, and further rows each night. */
const TABLES: Record<string, [rows: number, more: number]> = {
  scans: [48_200, 1_310],
  lead_scores: [18_400, 410],
  companies: [18_400, 380],
  lead_changes: [2_100, 37],
  api_keys: [14, 0],
  audit_log: [9_050, 64],
  webhooks: [3, 0],
}

/** Replaces what the store holds. `now`: some hours after the newest backup. */
export function keepSampleMonth(store: SampleStore, now: Date): void {
  store.objects.clear()
  for (let ago = NIGHTS - 1; ago >= 0; ago -= 1) keepNight(store, now, ago)
}

function keepNight(store: SampleStore, now: Date, ago: number): void {
  const at = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS - ago * DAY_MS)
  const id = parseBackupId(`${at.toISOString().replace(/[-:]|\.\d+/g, '')}-${(0xa1_0000 + ago * 977).toString(16)}`)
  const keys = buildBackupKeys('hunter', id)
  const what = WRONG[ago]
  if (what === 'missing') return
  if (what === 'failed run') {
    const run = { version: 1, backupId: id, source: 'hunter', toolVersion: '0.1.0', host: '169.254.76.1', pid: 1 }
    const endedAt = new Date(at.getTime() + 31_000).toISOString()
    const reason = 'the database does not answer'
    store.put(keys.run, {
      ...run,
      startedAt: at.toISOString(),
      endedAt,
      outcome: 'failed',
      code: 'DATABASE_UNAVAILABLE',
      reason,
    })
    return
  }
  const night = NIGHTS - ago
  const members = listMembers(night)
  const rawBytes = members.reduce((sum, member) => sum + member.rawBytes, 40_000)
  const object = { key: keys.dump, gzipBytes: Math.round(rawBytes / 7.6), rawBytes, sha256: '4f'.repeat(32) }
  const manifest = keepBackup(store, id, {
    ...manifestOf(id),
    sequence: night,
    durationMs: 3_100 + night * 28,
    migrationRevision: '0030_sessions',
    members,
    object,
    toolVersion: '0.1.0',
  })
  if (ago > 0) store.tags.set(keys.manifest, { retention: chooseTier(at) })
  if (what === 'unproven') store.objects.delete(keys.proof)
  if (what === 'failed proof') {
    const proof = boundProofOf(manifest)
    const failed = { name: 'fingerprints', level: 4, passed: false, reason: 'public.scans: 96 rows differ' }
    const checks = [...proof.checks.filter(({ name }) => name !== 'fingerprints'), failed]
    store.put(keys.proof, { ...proof, checks, level: 3, verified: false })
  }
}

function chooseTier(at: Date): string {
  if (at.getUTCDate() === 1) return 'monthly'
  return at.getUTCDay() === 1 ? 'weekly' : 'daily'
}

function listMembers(night: number) {
  let end = 0
  return Object.entries(TABLES).map(([table, [first, more]]) => {
    const rows = first + more * night
    const start = end
    end += rows * 12
    const fingerprint = '0'.repeat(32)
    const member = { kind: 'table' as const, name: `public.${table}`, schema: 'public', table, columns: ['id'] }
    return { ...member, fingerprint, durationMs: 40, rows, rawBytes: rows * 118, start, end }
  })
}
