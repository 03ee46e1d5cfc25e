import { readNotes, writeNotes } from '#backups/operations/notes'
import { auditing } from '#cli/backup/audit'
import { fromArg, nameArg, openBackup, trailOf } from '#cli/backup/place'
import { idArg, json, jsonArg } from '#cli/backup/report'
import { command } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { systemClock } from '#platform/clock'

export const noteCommand = command(
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
      const act = { noun: 'note', object: `backup:${ref.source}/${ref.id}`, details: { note: args.text } }
      const notes = await auditing(trailOf(opened), act, () =>
        writeNotes(store, ref, { note: args.text, tags, now: systemClock.now() }),
      )
      if (args.json) return print(json({ ...ref, ...notes }))
      print(`${paint('green', notes.note === undefined ? 'Removed the note of' : 'Wrote the note on')} ${ref.id}`)
    },
  },
  [
    'npx hunter backup note 20261120T000000Z-4f9c2a "before the move to the new server"',
    'npx hunter backup note latest "" --from /mnt/backups',
  ],
)
