import { backUpConfig } from '#backups/config/backup-alone'
import { type CollectedConfig, writeConfig } from '#backups/config/collect'
import { dumpDatabase } from '#backups/dump/dump'
import type { BackupId } from '#backups/format/backup-id'
import type { AnyManifest, DataKind, Proof, Scope } from '#backups/format/manifest'
import { writeNotes } from '#backups/operations/notes'
import { nameConfigSource } from '#backups/format/object-keys'
import { requireVerified, verifyBackup } from '#backups/proof/verify'
import { recordFailure, recordRun, type RunAbout } from '#backups/operations/run-record'
import { isSourceName } from '#backups/format/source-name'
import {
  formatJson,
  printConfig,
  printIncomplete,
  printPlace,
  printScope,
  formatProof,
  formatSizes,
  summarizeBackup,
} from '#cli/backup/report'
import { readPostgresUrl } from '#cli/backup/restore-url'
import { readOverrides, type RunArgs, parseTags } from '#cli/backup/run-args'
import { readWantedRoles } from '#cli/backup/run-roles'
import { showRunProgress, type RunProgress } from '#cli/backup/run-progress'
import { refuseSqliteScope } from '#cli/backup/run-scope'
import { type StandaloneSource, deriveSourceName, findSource } from '#cli/backup/source'
import { paint, print, formatSeconds } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { collectBackupConfig, readBackupConfig } from '#runtime/backup-config'
import { type Standalone, openStandalone } from '#runtime/standalone-backup'
import { getRunHost } from '#runtime/run-host'
import { VERSION } from '#runtime/version'

type StandaloneArgs = RunArgs & { dest: string; scope: Scope | undefined }

/** Backs up any database to any place, without a stack, and proves the backup. Returns one line about it. */
export async function backUpStandalone(args: StandaloneArgs): Promise<string> {
  if (args.name !== undefined && !isSourceName(args.name)) {
    throw new AppError('USAGE', '--name must be at most 63 lower-case letters, digits and dashes')
  }
  const progress = showRunProgress(args)
  try {
    const scratch = args.scratch === undefined ? {} : { scratchUrl: await readPostgresUrl(args.scratch, '--scratch') }
    const standalone = { ...(await openStandalone(args.dest, process.env, 'write')), ...scratch }
    const about = { id: standalone.newId(), toolVersion: VERSION, ...getRunHost() }
    const found = args['config-only'] ? undefined : await findOrRecord(standalone, args, about)
    refuseSqliteScope(found, args.scope)
    const source = found ? (args.name ?? found.name) : nameConfigSource(args.name ?? 'hunter')
    return await recordRun(standalone, { ...about, source }, () =>
      backUpAndProve({ ...standalone, progress }, args, { id: about.id, source, found }),
    )
  } finally {
    progress.end()
  }
}

/** A database that cannot be reached leaves a record, too, under the name that its backups have. */
async function findOrRecord(
  standalone: Standalone,
  args: StandaloneArgs,
  about: Omit<RunAbout, 'source'>,
): Promise<StandaloneSource> {
  try {
    return await findSource(args.source)
  } catch (error) {
    const source = args.name ?? deriveSourceName(args.source)
    throw source === undefined ? error : await recordFailure(standalone, { ...about, source }, error)
  }
}

interface Wanted {
  id: BackupId
  source: string
  /** Absent when only settings are backed up. */
  found: StandaloneSource | undefined
}

async function backUpAndProve(
  { progress, ...standalone }: Standalone & { progress: RunProgress },
  args: StandaloneArgs,
  wanted: Wanted,
): Promise<string> {
  const { id, source } = wanted
  const manifest = await backUp({ ...standalone, progress }, args, wanted, await collect(args))
  if (args.tag !== undefined)
    await writeNotes(standalone.store, { source, id }, { tags: parseTags(args), now: standalone.clock.now() })
  progress.say('proving')
  const proving = args.verify
    ? verifyBackup({ ...standalone, onProgress: progress.tell }, { id, source, toolVersion: VERSION })
    : undefined
  const [proved] = await Promise.allSettled([proving])
  progress.end()
  report(args, standalone.place, manifest, proved.status === 'fulfilled' ? proved.value : undefined)
  if (proved.status === 'rejected') throw proved.reason // the backup exists and was named above
  const proof = proved.value && requireVerified(proved.value)
  return `${summarizeBackup(manifest)}, ${proof ? `proof level ${proof.level}` : 'not proven yet'}`
}

/** Another database has nothing to do with the settings here, so they are stored only on request. */
function collect(args: StandaloneArgs): Promise<CollectedConfig> {
  if (args['database-only']) return Promise.resolve({ files: [], warnings: [] })
  const env = args.config === undefined ? process.env : { ...process.env, HUNTER_BACKUP_CONFIG: args.config }
  return collectBackupConfig(readBackupConfig(env, args['config-only'] ? ['.env'] : []))
}

async function backUp(
  { store, clock, tempDir, progress }: Standalone & { progress: RunProgress },
  args: StandaloneArgs,
  { id, source, found }: Wanted,
  collected: CollectedConfig,
): Promise<AnyManifest> {
  if (!found)
    return backUpConfig({ store, clock }, { source, id, collected, toolVersion: VERSION, ...readOverrides(args) })
  const codec = args.compress ? 'gzip' : 'none'
  const keepConfig = () => writeConfig({ store }, { source, id }, collected)
  const allowIncomplete = args['allow-incomplete']
  const input = { id, source, codec, toolVersion: VERSION, writeConfig: keepConfig, ...readOverrides(args) } as const
  const roles = readWantedRoles(args)
  if (found.kind === 'postgres') {
    return dumpDatabase(
      { store, clock },
      {
        ...input,
        roles,
        scope: args.scope,
        allowIncomplete,
        databaseUrl: found.databaseUrl,
        onBegin: progress.begin,
        onRetry: progress.note,
      },
    )
  }
  progress.say(`copying ${found.path}`)
  const { dumpSqlite } = await import('#backups/sqlite/dump')
  return dumpSqlite({ store, clock, tempDir }, { ...input, path: found.path })
}

function report(args: StandaloneArgs, place: string, manifest: AnyManifest, proof: Proof | undefined): void {
  const { id, source, object, config } = manifest
  if (args.json) return print(formatJson({ id, source, dest: place, manifest, proof }))
  print(`${paint('green', 'Backed up')} ${paint('bold', id)}: ${formatSizes(manifest)}`)
  if (manifest.kind !== 'config') print(`  from      ${databaseText(manifest)}`)
  print(`  to        ${place}/${object.key}`)
  printScope(manifest)
  printPlace(manifest)
  printIncomplete(manifest)
  printConfig(config)
  if (!proof) return print(`  proof     not yet: hunter backup verify ${id} --from ${args.dest}`)
  const into = proof.restoreMs === undefined ? '' : `, into ${proof.restoredInto} in ${formatSeconds(proof.restoreMs)}`
  print(`  proof     level ${formatProof(proof)}${into}`)
}

const SYSTEMS: Record<DataKind, string> = { postgres: 'Postgres', sqlite: 'SQLite' }

function databaseText(manifest: Exclude<AnyManifest, { kind: 'config' }>): string {
  const { name, serverVersion } = manifest.database
  return `${name}, ${SYSTEMS[manifest.kind ?? 'postgres']} ${serverVersion}`
}
