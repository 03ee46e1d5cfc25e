import { backUpConfig } from '#backups/config/backup-alone'
import { type CollectedConfig, writeConfig } from '#backups/config/collect'
import { dumpDatabase } from '#backups/dump/dump'
import type { BackupId } from '#backups/format/backup-id'
import type { AnyManifest, Proof, Scope } from '#backups/format/manifest'
import { writeNotes } from '#backups/operations/notes'
import { nameConfigSource } from '#backups/format/object-keys'
import { requireVerified, verifyBackup } from '#backups/proof/verify'
import { recordFailure, recordRun, type RunAbout } from '#backups/operations/run-record'
import { isSourceName } from '#backups/format/source-name'
import {
  json,
  printConfig,
  printIncomplete,
  printPlace,
  printScope,
  proofText,
  sizesText,
  summaryOf,
} from '#cli/backup/report'
import { postgresUrl } from '#cli/backup/restore-url'
import { overridesOf, type RunArgs, tagsOf } from '#cli/backup/run-args'
import { wantedRoles } from '#cli/backup/run-roles'
import { progressOf, type RunProgress } from '#cli/backup/run-progress'
import { refuseScopeOf } from '#cli/backup/run-scope'
import { type AloneSource, expectedName, findSource } from '#cli/backup/source'
import { paint, print, seconds } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { collectBackupConfig, readBackupConfig } from '#runtime/backup-config'
import { type Alone, openAlone } from '#runtime/standalone-backup'
import { thisHost } from '#runtime/run-host'
import { VERSION } from '#runtime/version'

type AloneArgs = RunArgs & { dest: string; scope: Scope | undefined }

/** A backup of any database to any place, with no stack; proven right away. Returns what it made, in a line. */
export async function backUpAlone(args: AloneArgs): Promise<string> {
  if (args.name !== undefined && !isSourceName(args.name)) {
    throw new AppError('USAGE', '--name must be lower-case letters, digits and dashes, 63 at most')
  }
  const progress = progressOf(args)
  try {
    const scratch = args.scratch === undefined ? {} : { scratchUrl: await postgresUrl(args.scratch, '--scratch') }
    const alone = { ...(await openAlone(args.dest, process.env, 'write')), ...scratch }
    const about = { id: alone.newId(), toolVersion: VERSION, ...thisHost() }
    const found = args['config-only'] ? undefined : await findOrRecord(alone, args, about)
    refuseScopeOf(found, args.scope)
    const source = found ? (args.name ?? found.name) : nameConfigSource(args.name ?? 'hunter')
    return await recordRun(alone, { ...about, source }, () =>
      backUpAndProve({ ...alone, progress }, args, { id: about.id, source, found }),
    )
  } finally {
    progress.end()
  }
}

/** A database that cannot be reached leaves a record too, under the name that its backups have. */
async function findOrRecord(alone: Alone, args: AloneArgs, about: Omit<RunAbout, 'source'>): Promise<AloneSource> {
  try {
    return await findSource(args.source)
  } catch (error) {
    const source = args.name ?? expectedName(args.source)
    throw source === undefined ? error : await recordFailure(alone, { ...about, source }, error)
  }
}

interface Wanted {
  id: BackupId
  source: string
  /** Absent where the settings are kept alone. */
  found: AloneSource | undefined
}

async function backUpAndProve(
  { progress, ...alone }: Alone & { progress: RunProgress },
  args: AloneArgs,
  wanted: Wanted,
): Promise<string> {
  const { id, source } = wanted
  const manifest = await backUp({ ...alone, progress }, args, wanted, await collect(args))
  if (args.tag !== undefined)
    await writeNotes(alone.store, { source, id }, { tags: tagsOf(args), now: alone.clock.now() })
  progress.say('proving')
  const proving = args.verify
    ? verifyBackup({ ...alone, onProgress: progress.tell }, { id, source, toolVersion: VERSION })
    : undefined
  const [proved] = await Promise.allSettled([proving])
  progress.end()
  report(args, alone.place, manifest, proved.status === 'fulfilled' ? proved.value : undefined)
  if (proved.status === 'rejected') throw proved.reason // the backup is there all the same, and was named
  const proof = proved.value && requireVerified(proved.value)
  return `${summaryOf(manifest)}, ${proof ? `proof level ${proof.level}` : 'not proven yet'}`
}

/** Somebody else's database has nothing to do with the settings here: they are kept where they are asked for. */
function collect(args: AloneArgs): Promise<CollectedConfig> {
  if (args['database-only']) return Promise.resolve({ files: [], warnings: [] })
  const env = args.config === undefined ? process.env : { ...process.env, HUNTER_BACKUP_CONFIG: args.config }
  return collectBackupConfig(readBackupConfig(env, args['config-only'] ? ['.env'] : []))
}

async function backUp(
  { store, clock, tempDir, progress }: Alone & { progress: RunProgress },
  args: AloneArgs,
  { id, source, found }: Wanted,
  collected: CollectedConfig,
): Promise<AnyManifest> {
  if (!found)
    return backUpConfig({ store, clock }, { source, id, collected, toolVersion: VERSION, ...overridesOf(args) })
  const codec = args.compress ? 'gzip' : 'none'
  const keepConfig = () => writeConfig({ store }, { source, id }, collected)
  const allowIncomplete = args['allow-incomplete']
  const input = { id, source, codec, toolVersion: VERSION, writeConfig: keepConfig, ...overridesOf(args) } as const
  const roles = wantedRoles(args)
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

function report(args: AloneArgs, place: string, manifest: AnyManifest, proof: Proof | undefined): void {
  const { id, source, object, config } = manifest
  if (args.json) return print(json({ id, source, dest: place, manifest, proof }))
  print(`${paint('green', 'Backed up')} ${paint('bold', id)}: ${sizesText(manifest)}`)
  if (manifest.kind !== 'config') print(`  from      ${databaseText(manifest)}`)
  print(`  to        ${place}/${object.key}`)
  printScope(manifest)
  printPlace(manifest)
  printIncomplete(manifest)
  printConfig(config)
  if (!proof) return print(`  proof     not yet: hunter backup verify ${id} --from ${args.dest}`)
  const into = proof.restoreMs === undefined ? '' : `, into ${proof.restoredInto} in ${seconds(proof.restoreMs)}`
  print(`  proof     level ${proofText(proof)}${into}`)
}

function databaseText(manifest: Exclude<AnyManifest, { kind: 'config' }>): string {
  const { name, serverVersion } = manifest.database
  return `${name}, ${manifest.kind === 'sqlite' ? 'SQLite' : 'Postgres'} ${serverVersion}`
}
