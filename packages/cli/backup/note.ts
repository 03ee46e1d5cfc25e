import { readNotes, writeNotes } from '#backups/operations/notes'
import { withAudit } from '#cli/backup/audit'
import { fromArg, nameArg, openBackup, chooseTrail } from '#cli/backup/place'
import { idArg, formatJson, jsonArg } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { systemClock } from '#platform/clock'

export const noteCommand = withExamples(
  {
    args: {
      id: idArg,
      text: { type: 'positional', required: true, description: 'The note' },
      from: fromArg,
      name: nameArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const opened = await openBackup(args, 'newest')
      const { store, ref } = opened
      const { tags } = await readNotes(store, ref)
      const act = { noun: 'note' as const, object: `backup:${ref.source}/${ref.id}`, details: { note: args.text } }
      const notes = await withAudit(chooseTrail(opened), act, () =>
        writeNotes(store, ref, { note: args.text, tags, now: systemClock.now() }),
      )
      if (args.json) return print(formatJson({ ...ref, ...notes }))
      print(`${paint('green', notes.note === undefined ? 'Removed the note of' : 'Wrote the note on')} ${ref.id}`)
    },
  },
  [
    'npx hunter backup note 20261120T000000Z-4f9c2a "before the move to the new server"',
    'npx hunter backup note latest "" --from /mnt/backups',
  ],
)
