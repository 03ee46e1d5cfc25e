import { dropReplaced, type ReplacedDatabase, listReplaced } from '#backups/restore/replaced-databases'
import { undoRestore, type UndoReport } from '#backups/restore/undo'
import { getDatabaseName } from '#backups/postgres/session'
import { attach } from '#cli/attach'
import { auditing, type Trail } from '#cli/backup/audit'
import { openPlace } from '#cli/backup/place'
import { json } from '#cli/backup/report'
import { postgresUrl } from '#cli/backup/restore-url'
import { table } from '#cli/table'
import { bytes, paint, print, seconds } from '#cli/terminal'
import { timeText } from '#cli/time-text'
import { AppError } from '#platform/errors'
import { backupStore } from '#runtime/backups'
import { baseOf, databaseUrl } from '#runtime/process-context'

interface KeptArgs {
  id?: string | undefined
  live?: string | undefined
  from?: string | undefined
  json?: boolean | undefined
}

export async function undo({ id: which, json: asJson, ...where }: KeptArgs): Promise<void> {
  const url = await liveUrl(where.live)
  const act = { ...actOn('undo', url), details: { which }, outcome: summaryOf }
  const report = await auditing(await trailBeside(url, where), act, () =>
    undoRestore({ clock: baseOf('cli').clock }, { databaseUrl: url, which }),
  )
  if (asJson) return print(json(report))
  const { database, broughtBack, keptAs, remarks = [], totalMs } = report
  print(`${paint('green', 'Swapped back')} ${broughtBack} as ${paint('bold', database)} in ${seconds(totalMs)}`)
  if (keptAs !== undefined) print(`  kept  the database that it replaced, as ${keptAs}; --undo again brings it back`)
  for (const remark of remarks) print(`  ${paint('yellow', 'remark')}  ${remark}`)
}

export async function printKept({ live, json: asJson }: KeptArgs): Promise<void> {
  const kept = await listReplaced(await liveUrl(live))
  if (asJson) return print(json(kept))
  if (kept.length === 0) return print('No database is kept.')
  const headings = ['database', 'of the restore of', 'kept since', 'size']
  print(table(headings, kept.map(row), { leaves: ['of the restore of', 'size'] }))
  print(`\n"hunter backup restore --undo ${kept[0]?.name}" swaps the first back; --drop-kept removes one for good.`)
}

export async function dropOneKept({ id, json: asJson, ...where }: KeptArgs): Promise<void> {
  if (id === undefined) throw new AppError('USAGE', 'say which: "hunter backup restore --list-kept" has the names')
  const url = await liveUrl(where.live)
  const act = {
    ...actOn('drop_kept', url),
    details: { which: id },
    outcome: ({ name }: ReplacedDatabase) => ({ name }),
  }
  const dropped = await auditing(await trailBeside(url, where), act, () => dropReplaced(url, id))
  print(asJson ? json(dropped) : `${paint('green', 'Removed')} ${dropped.name}`)
}

/** The database itself has a table for it in a stack; what it does not take, the place takes. */
async function trailBeside(databaseUrl: string, { from, live }: KeptArgs): Promise<Trail> {
  if (from !== undefined) return { store: (await openPlace({ from })).store }
  return live === undefined ? { databaseUrl, store: backupStore() } : { databaseUrl }
}

function actOn(noun: string, url: string) {
  return { noun, object: `database:${getDatabaseName(url)}` }
}

function summaryOf({ id, broughtBack, keptAs }: UndoReport): Record<string, unknown> {
  return { id, broughtBack, keptAs }
}

function row({ name, id, keptAt, sizeBytes }: ReplacedDatabase): string[] {
  return [name, id, keptAt ? timeText(keptAt) : '', sizeBytes === undefined ? '' : bytes(sizeBytes)]
}

async function liveUrl(live: string | undefined): Promise<string> {
  if (live !== undefined) return postgresUrl(live, '--live')
  await attach()
  return databaseUrl(baseOf('cli').settings)
}
