import { parseBackupId } from '#backups/format/backup-id'
import { listBackups } from '#backups/store/catalog'
import { type ForgetDecision, planForget, requireForgettable } from '#backups/retention/forget'
import { buildBackupKeys } from '#backups/format/object-keys'
import { removeObjects } from '#backups/retention/remove'
import { withAudit } from '#cli/backup/audit'
import { findAnything, fromArg, nameArg, openBackup, type Opened, openPlace, chooseTrail } from '#cli/backup/place'
import { idArg, formatJson, jsonArg } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { systemClock } from '#platform/clock'
import { createStackRemover } from '#runtime/backups'
import { formatCount } from '#platform/count-text'

export const forgetCommand = withExamples(
  {
    args: {
      id: idArg,
      'dry-run': {
        type: 'boolean',
        description: 'Show what would be removed and why that is allowed, without removing it',
      },
      from: fromArg,
      name: nameArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const opened = await open(args)
      const { store, standalone, ref } = opened
      const decision = planForget(await listBackups(store, ref.source), ref.id, systemClock.now())
      const folder = buildBackupKeys(ref.source, ref.id).manifest.replace(/manifest\.json$/, '')
      const keys = await store.listKeys(folder)
      if (args['dry-run'])
        return print(args.json ? formatJson({ ...decision, ...ref, keys }) : planText(decision, keys))
      requireForgettable(decision)
      const act = {
        noun: 'forget' as const,
        object: `backup:${ref.source}/${ref.id}`,
        details: { reason: decision.reason, keys },
      }
      await withAudit(chooseTrail(opened), act, () => removeObjects(standalone?.remover ?? createStackRemover(), keys))
      if (args.json) return print(formatJson({ ...decision, ...ref, removed: keys }))
      print(`${paint('green', 'Removed')} ${ref.id} of ${ref.source}: ${formatCount(keys.length, 'object')}`)
      if (!standalone)
        print('  The bucket keeps old versions, so an administrator can bring the backup back for some days.')
    },
  },
  [
    'npx hunter backup forget 20261120T000000Z-4f9c2a --dry-run',
    'npx hunter backup forget 20261120T000000Z-4f9c2a --from /mnt/backups',
  ],
)

/** Accepts a run that left no backup, too. */
async function open(args: { id: string; from?: string | undefined; name?: string | undefined }): Promise<Opened> {
  if (args.id === 'latest') return openBackup(args, 'newest')
  const id = parseBackupId(args.id)
  const place = await openPlace(args)
  return { ...place, ref: await findAnything(place.store, id, place.sources) }
}

function planText({ id, action, reason }: ForgetDecision, keys: string[]): string {
  if (action === 'refuse') return `${id} would ${paint('yellow', 'stay')}: ${reason}`
  return [`${id} would be ${paint('red', 'removed')} (${reason}); its objects:`, ...keys.map((key) => `  ${key}`)].join(
    '\n',
  )
}
