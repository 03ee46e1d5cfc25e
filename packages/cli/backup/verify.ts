import { type Assertion, readAssertions } from '#backups/proof/assertions'
import { requireVerified, verifyBackup } from '#backups/proof/verify'
import { fromArg, nameArg, openBackup } from '#cli/backup/place'
import { withReadProgress } from '#cli/backup/read-progress'
import { formatChecks, idArg, formatJson, jsonArg, formatProof, scratchArg } from '#cli/backup/report'
import { verifyAll, type VerifyAllArgs } from '#cli/backup/verify-all'
import { readPostgresUrl } from '#cli/backup/restore-url'
import { withExamples } from '#cli/command'
import { print, formatSeconds } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { prepareProof } from '#runtime/backups'
import { getProcessContext } from '#runtime/process-context'
import { VERSION } from '#runtime/version'

export const verifyCommand = withExamples(
  {
    args: {
      id: { ...idArg, required: false },
      all: {
        type: 'boolean',
        description: 'Read every object of every backup and compare its SHA-256, without restoring any',
      },
      from: fromArg,
      name: nameArg,
      assertions: {
        type: 'string',
        valueHint: 'DIR',
        description: 'Folder of SQL files that must each return true in the restored copy (proof level 5)',
      },
      scratch: scratchArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      if (args.all) return verifyAll(allArgs(args))
      if (args.id === undefined) throw new AppError('USAGE', 'give the id of a backup, or latest, or --all')
      const { standalone, ref } = await openBackup({ ...args, id: args.id }, 'newest')
      const scratch = args.scratch === undefined ? {} : { scratchUrl: await readPostgresUrl(args.scratch, '--scratch') }
      const deps = { ...(standalone ?? prepareProof(getProcessContext('cli'), ref.id, ref.source).deps), ...scratch }
      const assertions = args.assertions === undefined ? [] : await assertionsIn(args.assertions)
      const reading = { store: deps.store, ref, json: args.json }
      const proof = await withReadProgress(reading, (store, onProgress) =>
        verifyBackup({ ...deps, store, onProgress }, { ...ref, toolVersion: VERSION, assertions }),
      )
      if (args.json) {
        print(formatJson(proof))
      } else {
        print(formatChecks(proof))
        print(`\nProof level ${formatProof(proof)}, ${formatSeconds(proof.durationMs)}`)
        if (proof.restoreMs !== undefined)
          print(`Restored into ${proof.restoredInto} in ${formatSeconds(proof.restoreMs)}`)
      }
      requireVerified(proof)
    },
  },
  [
    'npx hunter backup verify 20261120T000000Z-4f9c2a',
    'npx hunter backup verify latest',
    'npx hunter backup verify 20261120T000000Z-4f9c2a --from /mnt/backups',
    'npx hunter backup verify --all --from /mnt/backups',
  ],
)

interface AllArgs extends VerifyAllArgs {
  id?: string | undefined
  assertions?: string | undefined
  scratch?: string | undefined
}

/** @throws AppError USAGE */
function allArgs({ id, assertions, scratch, ...args }: AllArgs): VerifyAllArgs {
  if (id === undefined && assertions === undefined && scratch === undefined) return args
  throw new AppError('USAGE', '--all cannot be combined with an id, --assertions or --scratch: it restores nothing')
}

/** A named folder without any assertion is a mistake. */
async function assertionsIn(folder: string): Promise<Assertion[]> {
  const assertions = await readAssertions(folder)
  if (assertions.length > 0) return assertions
  throw new AppError('USAGE', `there is no .sql file in ${folder}`)
}
