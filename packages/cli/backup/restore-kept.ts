import { dropKept, type KeptDatabase, listKept } from '#backups/kept-databases'
import { undoRestore } from '#backups/restore-undo'
import { attach } from '#cli/attach'
import { json } from '#cli/backup/report'
import { postgresUrl } from '#cli/backup/restore-url'
import { bytes, paint, print, seconds, table } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { baseOf, databaseUrl } from '#runtime/base'

interface KeptArgs {
  id?: string | undefined
  live?: string | undefined
  json?: boolean | undefined
}

export async function undo({ id: which, live, json: asJson }: KeptArgs): Promise<void> {
  const report = await undoRestore({ clock: baseOf('cli').clock }, { databaseUrl: await liveUrl(live), which })
  if (asJson) return print(json(report))
  const { database, broughtBack, keptAs, remarks = [], totalMs } = report
  print(`${paint('green', 'Swapped back')} ${broughtBack} as ${paint('bold', database)} in ${seconds(totalMs)}`)
  if (keptAs !== undefined) print(`  kept  the database that it replaced, as ${keptAs}; --undo again brings it back`)
  for (const remark of remarks) print(`  ${paint('yellow', 'remark')}  ${remark}`)
}

export async function printKept({ live, json: asJson }: KeptArgs): Promise<void> {
  const kept = await listKept(await liveUrl(live))
  if (asJson) return print(json(kept))
  if (kept.length === 0) return print('No database is kept.')
  print(table(['database', 'of the restore of', 'kept since', 'size'], kept.map(row)))
  print(`\n"hunter backup restore --undo ${kept[0]?.name}" swaps the first back; --drop-kept removes one for good.`)
}

export async function dropOneKept({ id, live, json: asJson }: KeptArgs): Promise<void> {
  if (id === undefined) throw new AppError('USAGE', 'say which: "hunter backup restore --list-kept" has the names')
  const dropped = await dropKept(await liveUrl(live), id)
  print(asJson ? json(dropped) : `${paint('green', 'Removed')} ${dropped.name}`)
}

function row({ name, id, keptAt, sizeBytes }: KeptDatabase): string[] {
  return [name, id, keptAt ?? '', sizeBytes === undefined ? '' : bytes(sizeBytes)]
}

async function liveUrl(live: string | undefined): Promise<string> {
  if (live !== undefined) return postgresUrl(live, '--live')
  await attach()
  return databaseUrl(baseOf('cli').settings)
}
