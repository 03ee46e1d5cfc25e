import type { ObjectStore } from '#backups/store/object-store'
import type { BeforeSwap } from '#backups/restore/before-swap'
import { type RestoreDeps, type RestoreInput, restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { planRestore } from '#backups/restore/plan'
import { restoreTables } from '#backups/restore/tables'
import { planRestoreTables } from '#backups/restore/tables-plan'
import type { TableChoice } from '#backups/postgres/table-patterns'
import { withAudit } from '#cli/backup/audit'
import { fromArg, nameArg, openBackup, type Opened, chooseTrail } from '#cli/backup/place'
import { withReadProgress } from '#cli/backup/read-progress'
import { allowClockSkewArg, formatJson, jsonArg } from '#cli/backup/report'
import { choiceArgs, readChoice } from '#cli/backup/restore-choice'
import { dropOneReplaced, printReplaced, undoLastRestore } from '#cli/backup/restore-replaced'
import { parseTo, type RestoreTo, restoreFile, restoreSettings } from '#cli/backup/restore-kinds'
import { formatRestorePlan, formatRestored, formatTablesPlan, formatRestoredTables } from '#cli/backup/restore-report'
import { withRole, readPostgresUrl } from '#cli/backup/restore-url'
import { withExamples } from '#cli/command'
import { print } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { redactUrls } from '#platform/redact-urls'
import { readBackupConfig } from '#runtime/backup-config'
import { prepareSafetyBackup } from '#runtime/backups'
import { createBeforeSwap } from '#runtime/before-swap'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'

export const restoreCommand = withExamples(
  {
    args: {
      id: {
        type: 'positional',
        required: false,
        description:
          'Id of the backup, or latest (the newest verified one); for --undo and --drop-kept, id of the restore',
      },
      'dry-run': { type: 'boolean', description: 'Show what would be done, without doing it' },
      'safety-backup': {
        type: 'boolean',
        default: true,
        description: 'Back up the live database first',
        negativeDescription: 'Skip the backup of the live database; the database itself is still kept',
      },
      erasures: {
        type: 'boolean',
        default: true,
        description: 'Erase again what was erased since the backup',
        negativeDescription: 'Let erased companies come back',
      },
      to: {
        type: 'string',
        valueHint: 'postgres://…|sqlite:PATH',
        description: 'Restore into this empty database or SQLite file',
      },
      'config-to': {
        type: 'string',
        valueHint: 'DIR',
        description: "Write the backup's settings into this empty folder",
      },
      owner: {
        type: 'boolean',
        default: true,
        description: 'Restore the owner of every object',
        negativeDescription: 'Let the restoring role own every object; it needs no special rights',
      },
      roles: {
        type: 'boolean',
        description: "Create the backup's roles that the server lacks; existing ones stay unchanged",
      },
      role: { type: 'string', valueHint: 'NAME', description: 'Restore as this role; yours must be a member of it' },
      ...choiceArgs,
      undo: {
        type: 'boolean',
        description: 'Swap back the database that a restore replaced: the last one, or the one with this id',
      },
      'list-kept': { type: 'boolean', description: 'List the databases that restores replaced' },
      'drop-kept': {
        type: 'boolean',
        description: 'Remove one of these databases for good, by its name or the id of the restore',
      },
      'allow-clock-skew': allowClockSkewArg,
      live: { type: 'string', valueHint: 'URL', description: "The live database (default: the stack's)" },
      from: fromArg,
      name: nameArg,
      json: jsonArg,
    },
    run: ({ args, rawArgs }) => {
      requireRehearsable(args)
      const beforeSwap = createBeforeSwap(args)
      if (args.undo) return undoLastRestore({ ...args, beforeSwap })
      if (args['list-kept']) return printReplaced(args)
      if (args['drop-kept']) return dropOneReplaced(args)
      return restore({
        ...args,
        beforeSwap,
        choice: readChoice(args, rawArgs),
        dryRun: args['dry-run'],
        safetyBackup: args['safety-backup'],
        allowClockSkew: args['allow-clock-skew'],
        configTo: args['config-to'],
        noOwner: !args.owner,
      })
    },
  },
  [
    'npx hunter backup restore 20261120T000000Z-4f9c2a --dry-run',
    'npx hunter backup restore 20261120T000000Z-4f9c2a',
    'npx hunter backup restore latest --from /mnt/backups --live postgres://me@localhost/shop',
    'npx hunter backup restore 20261120T000000Z-4f9c2a --table public.leads --table public.companies',
    "npx hunter backup restore latest --schema public --exclude-table 'public.audit_*' --dry-run",
    'npx hunter backup restore 20261120T000000Z-4f9c2a --to postgres://me@localhost/copy',
    'npx hunter backup restore latest --to postgres://me@localhost/copy --no-owner --role app',
    'npx hunter backup restore 20261120T000000Z-4f9c2a --from /mnt/backups --to sqlite:./app.db',
    'npx hunter backup restore 20261120T000000Z-4f9c2a --config-to ./settings-of-then',
    'npx hunter backup restore --undo',
  ],
)

/** Refuses a dry run of what has none, before anything is changed. */
function requireRehearsable(args: Record<string, unknown>): void {
  const act = ['undo', 'list-kept', 'drop-kept', 'to', 'config-to'].find((option) => args[option])
  if (args['dry-run'] === true && act !== undefined) {
    throw new AppError(
      'USAGE',
      `--${act} cannot be combined with --dry-run, which works only for a restore over or beside the live database`,
    )
  }
}

interface RestoreArgs {
  id?: string | undefined
  dryRun?: boolean | undefined
  beforeSwap: BeforeSwap
  safetyBackup: boolean
  allowClockSkew?: boolean | undefined
  to?: string | undefined
  configTo?: string | undefined
  noOwner: boolean
  roles?: boolean | undefined
  role?: string | undefined
  choice?: TableChoice | undefined
  as?: string | undefined
  live?: string | undefined
  from?: string | undefined
  name?: string | undefined
  json?: boolean | undefined
}

async function restore(args: RestoreArgs): Promise<void> {
  const { id, to, configTo, live, choice, dryRun, as } = args
  if (id === undefined) throw new AppError('USAGE', 'give the id of a backup; "hunter backup list" shows them')
  if (to !== undefined && (choice !== undefined || live !== undefined)) {
    throw new AppError('USAGE', '--to cannot be combined with --table, --schema, --exclude-table or --live')
  }
  if (configTo !== undefined && choice !== undefined) {
    throw new AppError('USAGE', '--config-to cannot be combined with --table, --schema or --exclude-table')
  }
  const place = to === undefined ? undefined : await parseTo(to)
  const opened = await openBackup({ ...args, id }, 'verified')
  if (args.from !== undefined && to === undefined && configTo === undefined && live === undefined) {
    throw new AppError(
      'USAGE',
      '--from needs a target: --to for an empty database, or --live for the database to replace',
    )
  }
  if (dryRun) return void (await restoreTo(args, opened, place))
  const { source, id: chosen } = opened.ref
  const details = {
    to: redactUrls(args.to ?? args.configTo ?? args.live ?? "the stack's database"),
    ...choice,
    as,
    noOwner: args.noOwner,
    role: args.role,
    safetyBackup: args.safetyBackup,
  }
  const act = {
    noun: 'restore' as const,
    object: `backup:${source}/${chosen}`,
    details,
    outcome: ({ kept }: Restored) => kept,
  }
  await withAudit(chooseTrail(opened), act, () => restoreTo(args, opened, place))
}

/** The part of a restore that the audit trail records. */
interface Restored {
  kept: Record<string, unknown>
}

async function restoreTo(args: RestoreArgs, { store, ref }: Opened, place: RestoreTo | undefined): Promise<Restored> {
  const { live, choice, dryRun, as, configTo, noOwner, role } = args
  const roles = args.roles ? { passphrase: readBackupConfig(process.env, []).passphrase } : undefined
  const context = getProcessContext('cli')
  const { clock } = context
  const deps = { store, clock }
  const show = <T extends object>(report: T, text: (report: T) => string): Restored => {
    print(args.json ? formatJson(report) : text(report))
    return { kept: summarise(report) }
  }

  if (configTo !== undefined) {
    await restoreSettings({ store, ref, json: args.json }, configTo)
    return { kept: {} }
  }
  const reading = { store, ref, json: args.json }
  if (place?.kind === 'sqlite') {
    const restoringFile = (counted: ObjectStore) => restoreFile({ ...reading, store: counted }, place.path)
    return { kept: summarise(await withReadProgress(reading, restoringFile)) }
  }
  const restoring = <T>(work: (deps: RestoreDeps) => Promise<T>) =>
    withReadProgress(reading, (counted, onProgress) => work({ store: counted, clock, onProgress }))
  if (place) {
    const input = { ...ref, databaseUrl: withRole(place.url, role), noOwner, roles }
    return show(await restoring((watched) => restoreInto(watched, input)), formatRestored)
  }
  const url = live === undefined ? getDatabaseUrl(context.settings) : await readPostgresUrl(live, '--live')
  const input: RestoreInput = { ...ref, databaseUrl: withRole(url, role), noOwner, roles }
  if (choice) {
    const chosen = { ...input, ...choice, as }
    if (dryRun) return show(await planRestoreTables(deps, chosen), formatTablesPlan)
    return show(await restoring((watched) => restoreTables(watched, chosen)), (report) =>
      formatRestoredTables(report, live === undefined),
    )
  }
  if (dryRun) return show(await planRestore(deps, input), formatRestorePlan)
  const safetyBackup = args.safetyBackup
    ? {
        ...prepareSafetyBackup(clock, args.from === undefined ? 'stack' : 'nobody'),
        allowClockSkew: args.allowClockSkew,
      }
    : undefined
  return show(
    await restoring((watched) => restoreBackup(watched, { ...input, safetyBackup, beforeSwap: args.beforeSwap })),
    formatRestored,
  )
}

const KEPT = ['database', 'path', 'keptAs', 'safetyBackup', 'madeSchemas', 'rows', 'totalMs']

function summarise(report: object): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(report).filter(([name]) => KEPT.includes(name)))
  if (!('tables' in report)) return kept
  return { ...kept, tables: Array.isArray(report.tables) ? report.tables.length : report.tables }
}
