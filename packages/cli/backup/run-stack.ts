import { backUpConfig } from '#backups/config/backup-alone'
import type { AnyManifest } from '#backups/format/manifest'
import { writeNotes } from '#backups/operations/notes'
import type { ObjectStore } from '#backups/store/object-store'
import { nameConfigSource } from '#backups/format/object-keys'
import { type RecordDeps, recordRun } from '#backups/operations/run-record'
import { runBackup } from '#backups/operations/run-backup'
import { attach } from '#cli/attach'
import { formatJson, printConfig, printIncomplete, formatSizes, summarizeBackup } from '#cli/backup/report'
import { readOverrides, type RunArgs, parseTags } from '#cli/backup/run-args'
import { readWantedRoles } from '#cli/backup/run-roles'
import { showRunProgress } from '#cli/backup/run-progress'
import { paint, print } from '#cli/terminal'
import { requestProof } from '#runtime/backup-queues'
import { prepareBackup } from '#runtime/backups'
import { collectBackupConfig } from '#runtime/backup-config'
import { getProcessContext } from '#runtime/process-context'
import { VERSION } from '#runtime/version'

/**
 * Backs up the stack that runs here, or the stage that this process is linked to. Returns one line about the backup.
 */
export async function backUpStack(args: RunArgs): Promise<string> {
  await attach()
  const context = getProcessContext('cli')
  const { deps, input, config } = prepareBackup(context, args.config)
  if (args['config-only']) {
    const source = nameConfigSource(input.source)
    const { id, at } = input
    const manifest = await recordRun(deps, { source, id, toolVersion: VERSION, ...at }, async () => {
      const collected = await collectBackupConfig(config)
      const made = await backUpConfig(deps, { source, id, collected, toolVersion: VERSION, ...readOverrides(args) })
      await requestProof({ source, id })
      return made
    })
    await tag(args, deps, manifest)
    report(args, manifest, undefined)
    return summarizeBackup(manifest)
  }
  const progress = showRunProgress(args)
  const collectConfig = args['database-only'] ? undefined : deps.collectConfig
  const accepted = { roles: readWantedRoles(args), ...(args['allow-incomplete'] ? { allowIncomplete: true } : {}) }
  const codec = args.compress ? 'gzip' : 'none'
  const words = { ...accepted, ...readOverrides(args), codec, onBegin: progress.begin, onRetry: progress.note } as const
  const run = runBackup({ ...deps, collectConfig }, { ...input, ...words })
  const { manifest, snapshot } = await run.finally(progress.end)
  await tag(args, deps, manifest)
  report(args, manifest, snapshot)
  return summarizeBackup(manifest)
}

async function tag(
  args: RunArgs,
  { store, clock }: RecordDeps & { store: ObjectStore },
  ref: AnyManifest,
): Promise<void> {
  if (args.tag !== undefined) await writeNotes(store, ref, { tags: parseTags(args), now: clock.now() })
}

function report(args: RunArgs, manifest: AnyManifest, snapshot: string | undefined): void {
  if (args.json) return print(formatJson({ id: manifest.id, snapshot, manifest }))
  print(`${paint('green', 'Backed up')} ${paint('bold', manifest.id)}: ${formatSizes(manifest)}`)
  print(`  object    ${manifest.object.key}`)
  printIncomplete(manifest)
  printConfig(manifest.config)
  if (snapshot !== undefined) print(`  snapshot  ${snapshot} was started`)
  print(`  proof     follows automatically: "hunter backup show ${manifest.id}" will show it`)
}
