import { backUpConfig } from '#backups/config/backup-alone'
import type { AnyManifest } from '#backups/format/manifest'
import { writeNotes } from '#backups/operations/notes'
import type { ObjectStore } from '#backups/store/object-store'
import { nameConfigSource } from '#backups/format/object-keys'
import { type RecordDeps, recordRun } from '#backups/operations/run-record'
import { runBackup } from '#backups/operations/run-backup'
import { attach } from '#cli/attach'
import { json, printConfig, printIncomplete, sizesText, summaryOf } from '#cli/backup/report'
import { overridesOf, type RunArgs, tagsOf } from '#cli/backup/run-args'
import { wantedRoles } from '#cli/backup/run-roles'
import { progressOf } from '#cli/backup/run-progress'
import { paint, print } from '#cli/terminal'
import { newBackup, requestProof } from '#runtime/backups'
import { collectBackupConfig } from '#runtime/backup-config'
import { baseOf } from '#runtime/process-context'
import { VERSION } from '#runtime/version'

/** A backup of the stack that runs here, or of the stage that this process is linked to. Returns what it made, in a line. */
export async function backUpStack(args: RunArgs): Promise<string> {
  await attach()
  const base = baseOf('cli')
  const { deps, input, config } = newBackup(base, args.config)
  if (args['config-only']) {
    const source = nameConfigSource(input.source)
    const { id, at } = input
    const manifest = await recordRun(deps, { source, id, toolVersion: VERSION, ...at }, async () => {
      const collected = await collectBackupConfig(config)
      const made = await backUpConfig(deps, { source, id, collected, toolVersion: VERSION, ...overridesOf(args) })
      await requestProof({ source, id })
      return made
    })
    await tag(args, deps, manifest)
    report(args, manifest, undefined)
    return summaryOf(manifest)
  }
  const progress = progressOf(args)
  const collectConfig = args['database-only'] ? undefined : deps.collectConfig
  const accepted = { roles: wantedRoles(args), ...(args['allow-incomplete'] ? { allowIncomplete: true } : {}) }
  const codec = args.compress ? 'gzip' : 'none'
  const words = { ...accepted, ...overridesOf(args), codec, onBegin: progress.begin, onRetry: progress.note } as const
  const run = runBackup({ ...deps, collectConfig }, { ...input, ...words })
  const { manifest, snapshot } = await run.finally(progress.end)
  await tag(args, deps, manifest)
  report(args, manifest, snapshot)
  return summaryOf(manifest)
}

async function tag(
  args: RunArgs,
  { store, clock }: RecordDeps & { store: ObjectStore },
  ref: AnyManifest,
): Promise<void> {
  if (args.tag !== undefined) await writeNotes(store, ref, { tags: tagsOf(args), now: clock.now() })
}

function report(args: RunArgs, manifest: AnyManifest, snapshot: string | undefined): void {
  if (args.json) return print(json({ id: manifest.id, snapshot, manifest }))
  print(`${paint('green', 'Backed up')} ${paint('bold', manifest.id)}: ${sizesText(manifest)}`)
  print(`  object    ${manifest.object.key}`)
  printIncomplete(manifest)
  printConfig(manifest.config)
  if (snapshot !== undefined) print(`  snapshot  ${snapshot} was started`)
  print(`  proof     follows by itself: "hunter backup show ${manifest.id}" has it soon`)
}
