import type { BeforeSwap } from '#backups/restore/before-swap'
import { dropReplaced, type ReplacedDatabase, listReplaced } from '#backups/restore/replaced-databases'
import { undoRestore, type UndoReport } from '#backups/restore/undo'
import { getDatabaseName } from '#backups/postgres/session'
import { attach } from '#cli/attach'
import { withAudit, type Trail } from '#cli/backup/audit'
import { openPlace } from '#cli/backup/place'
import { formatJson } from '#cli/backup/report'
import { readPostgresUrl } from '#cli/backup/restore-url'
import type { AuditedAct } from '#db/audit'
import { formatTable } from '#cli/table'
import { formatBytes, paint, print, formatSeconds } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { AppError } from '#platform/errors'
import { createBackupStore } from '#runtime/backups'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'

interface KeptArgs {
  id?: string | undefined
  live?: string | undefined
  from?: string | undefined
  json?: boolean | undefined
  beforeSwap?: BeforeSwap | undefined
}

export async function undoLastRestore({ id: which, json: asJson, beforeSwap, ...where }: KeptArgs): Promise<void> {
  const url = await liveUrl(where.live)
  const outcome = ({ id, broughtBack, keptAs }: UndoReport) => ({ id, broughtBack, keptAs })
  const act = { ...actOn('undo', url), details: { which }, outcome }
  const report = await withAudit(await trailBeside(url, where), act, () =>
    undoRestore({ clock: getProcessContext('cli').clock }, { databaseUrl: url, which, beforeSwap }),
  )
  if (asJson) return print(formatJson(report))
  const { database, broughtBack, keptAs, remarks = [], totalMs } = report
  print(`${paint('green', 'Swapped back')} ${broughtBack} as ${paint('bold', database)} in ${formatSeconds(totalMs)}`)
  if (keptAs !== undefined) print(`  kept  the replaced database, as ${keptAs}; --undo again swaps it back`)
  for (const remark of remarks) print(`  ${paint('yellow', 'remark')}  ${remark}`)
}

export async function printReplaced({ live, json: asJson }: KeptArgs): Promise<void> {
  const kept = await listReplaced(await liveUrl(live))
  if (asJson) return print(formatJson(kept))
  if (kept.length === 0) return print('No replaced database is kept.')
  const headings = ['database', 'of the restore of', 'kept since', 'size']
  print(formatTable(headings, kept.map(row), { leaves: ['of the restore of', 'size'] }))
  print(`\n"hunter backup restore --undo ${kept[0]?.name}" swaps the first back; --drop-kept removes one for good.`)
}

export async function dropOneReplaced({ id, json: asJson, ...where }: KeptArgs): Promise<void> {
  if (id === undefined)
    throw new AppError('USAGE', 'give the name of a database; "hunter backup restore --list-kept" shows them')
  const url = await liveUrl(where.live)
  const act = {
    ...actOn('drop_kept', url),
    details: { which: id },
    outcome: ({ name }: ReplacedDatabase) => ({ name }),
  }
  const dropped = await withAudit(await trailBeside(url, where), act, () => dropReplaced(url, id))
  print(asJson ? formatJson(dropped) : `${paint('green', 'Removed')} ${dropped.name}`)
}

/** A stack's own database has a table for the trail; the place takes what it does not. */
async function trailBeside(databaseUrl: string, { from, live }: KeptArgs): Promise<Trail> {
  if (from !== undefined) return { store: (await openPlace({ from })).store }
  return live === undefined ? { databaseUrl, store: createBackupStore() } : { databaseUrl }
}

function actOn(noun: AuditedAct, url: string) {
  return { noun, object: `database:${getDatabaseName(url)}` }
}

function row({ name, id, keptAt, sizeBytes }: ReplacedDatabase): string[] {
  return [name, id, keptAt ? formatTime(keptAt) : '', sizeBytes === undefined ? '' : formatBytes(sizeBytes)]
}

async function liveUrl(live: string | undefined): Promise<string> {
  if (live !== undefined) return readPostgresUrl(live, '--live')
  await attach()
  return getDatabaseUrl(getProcessContext('cli').settings)
}
