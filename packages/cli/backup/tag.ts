import { checkTags, readNotes, writeNotes } from '#backups/operations/notes'
import { withAudit } from '#cli/backup/audit'
import { fromArg, nameArg, openBackup, chooseTrail } from '#cli/backup/place'
import { idArg, formatJson, jsonArg } from '#cli/backup/report'
import { withExamples, withManyWords } from '#cli/command'
import { print } from '#cli/terminal'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'

export const tagCommand = withManyWords(
  withExamples(
    {
      args: {
        id: idArg,
        tag: { type: 'positional', required: true, description: 'A tag; several may follow' },
        remove: { type: 'boolean', description: 'Remove these tags instead of adding them' },
        from: fromArg,
        name: nameArg,
        json: jsonArg,
      },
      run: async ({ args }) => {
        const [, ...words] = args._
        const given = checkTags(words)
        if (given.length === 0) throw new AppError('USAGE', 'give at least one tag')
        const opened = await openBackup(args, 'newest')
        const { store, ref } = opened
        const { note, tags: before } = await readNotes(store, ref)
        const kept = before.filter((tag) => !given.includes(tag))
        const details = { tags: given, removed: args.remove === true }
        const act = { noun: 'tag' as const, object: `backup:${ref.source}/${ref.id}`, details }
        const { tags } = await withAudit(chooseTrail(opened), act, () =>
          writeNotes(store, ref, { note, tags: args.remove ? kept : [...kept, ...given], now: systemClock.now() }),
        )
        print(
          args.json
            ? formatJson({ ...ref, tags })
            : `${ref.id} has ${tags.length === 0 ? 'no tag' : `the tag${tags.length === 1 ? '' : 's'} ${tags.join(', ')}`}`,
        )
      },
    },
    [
      'npx hunter backup tag 20261120T000000Z-4f9c2a release-42 before-migration',
      'npx hunter backup tag latest release-42 --remove --from /mnt/backups',
    ],
  ),
)
