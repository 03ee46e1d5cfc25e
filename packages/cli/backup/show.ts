import { showBackup } from '#backups/store/catalog'
import type { CheckRecord } from '#backups/operations/check-record'
import type { AnyManifest } from '#backups/format/manifest'
import { type Notes, readNotes } from '#backups/operations/notes'
import { fromArg, nameArg, openBackup } from '#cli/backup/place'
import {
  formatChecks,
  formatConfigFiles,
  idArg,
  formatJson,
  jsonArg,
  printConfig,
  formatState,
  printIncomplete,
  printScope,
  formatSizes,
  formatTables,
} from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { formatBytes, paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const showCommand = withExamples(
  {
    args: { id: idArg, from: fromArg, name: nameArg, json: jsonArg },
    run: async ({ args }) => {
      const { store, ref } = await openBackup(args, 'newest')
      const backup = { ...(await showBackup(store, ref)), notes: await readNotes(store, ref) }
      if (args.json) return print(formatJson(backup))
      const { manifest, proof, reason, damage, check, notes } = backup
      const { object, config, sequence } = manifest
      const number = sequence === undefined ? '' : `, number ${sequence}`
      print(`${paint('bold', ref.id)}: ${formatSizes(manifest)}`)
      for (const [what, text] of listFacts(manifest)) print(`  ${what.padEnd(9)} ${text}`)
      print(`  made      ${formatTime(manifest.createdAt)}, of ${manifest.source}${number}`)
      print(`  object    ${object.key}${object.versionId === undefined ? '' : `, version ${object.versionId}`}`)
      print(`  sha-256   ${object.sha256}`)
      print(`  proof     ${formatState(backup)}`)
      if (proof && reason !== undefined && !damage)
        print(`            ${reason}: "hunter backup verify ${ref.id}" makes a new proof`)
      if (check) print(`  checked   ${formatTime(check.checkedAt)}: ${checkText(check)}`)
      printScope(manifest)
      printIncomplete(manifest)
      for (const [what, text] of notedText(notes)) print(`  ${what.padEnd(9)} ${text}`)
      printConfig(config)
      if (proof) print(`\n${formatChecks(proof)}`)
      const tables = formatTables(manifest)
      if (tables !== undefined) print(`\n${tables}`)
      if (config && config.files.length > 0) print(`\n${formatConfigFiles(config)}`)
    },
  },
  [
    'npx hunter backup show 20261120T000000Z-4f9c2a',
    'npx hunter backup show latest',
    'npx hunter backup show 20261120T000000Z-4f9c2a --from /mnt/backups --json',
  ],
)

function notedText({ note, tags }: Notes): [string, string][] {
  return [
    ...(note === undefined ? [] : [['note', note] as [string, string]]),
    ...(tags.length === 0 ? [] : [['tags', tags.join(', ')] as [string, string]]),
  ]
}

function checkText({ passed, bytes: read }: CheckRecord): string {
  return passed ? `all ${formatBytes(read)} as written` : paint('red', 'differs from what was written')
}

function listFacts(manifest: AnyManifest): [string, string][] {
  if (manifest.kind === 'config') return []
  const { name, serverVersion } = manifest.database
  if (manifest.kind === 'sqlite') {
    const { file } = manifest.database
    return [['database', `${name}, SQLite ${serverVersion}${file ? `, ${file.path}` : ''}`], ...movedFact(file)]
  }
  const { server } = manifest.database
  return [
    ['database', `${name}, Postgres ${serverVersion}${server ? ` on ${server.address}` : ''}`],
    ...movedFact(server),
    ...(manifest.migrationRevision === undefined ? [] : [['schema', manifest.migrationRevision] as [string, string]]),
  ]
}

function movedFact(source: { replaces?: string | undefined } | undefined): [string, string][] {
  return source?.replaces === undefined ? [] : [['moved', `earlier backups of this name are of ${source.replaces}`]]
}
