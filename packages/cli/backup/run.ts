import { randomUUID } from 'node:crypto'
import { type PingDeps, withPings } from '#cli/backup/ping'
import { backUpStandalone } from '#cli/backup/run-standalone'
import { backUpStack } from '#cli/backup/run-stack'
import { readScope } from '#cli/backup/run-scope'
import { type RunArgs, runArgs, parseTags } from '#cli/backup/run-args'
import { withExamples } from '#cli/command'
import { AppError } from '#platform/errors'

export const runCommand = withExamples(
  {
    args: runArgs,
    run: ({ args, rawArgs }) => {
      const { dest, ping } = args
      return withPings(PINGS, ping, () => {
        refuseContradictions(args)
        const scope = readScope(args, rawArgs)
        return dest === undefined ? backUpStack(args) : backUpStandalone({ ...args, dest, scope })
      })
    },
  },
  [
    'npx hunter backup run',
    'npx hunter backup run --source postgres://me@db.example.com/shop --dest /mnt/backups',
    'npx hunter backup run --source sqlite:./app.db --dest s3://my-bucket/backups --name app',
    "npx hunter backup run --source postgres://localhost/shop --dest /mnt/backups --name shop-app --schema app --exclude-table 'app.log_*'",
    'npx hunter backup run --source postgres://localhost/shop --dest . --config .env,settings/ --no-compress',
    'npx hunter backup run --source sqlite:app.db --dest /mnt/backups --ping https://hc-ping.com/your-uuid',
    'npx hunter backup run --config-only --json',
  ],
)

const PINGS: PingDeps = {
  fetch: globalThis.fetch,
  nowMs: () => performance.now(),
  newRunId: randomUUID,
  warn: (text) => process.stderr.write(`${text}\n`),
}

function refuseContradictions(args: RunArgs): void {
  parseTags(args)
  if (args['database-only'] && args['config-only'])
    throw usage('--database-only and --config-only cannot be combined: nothing would be left to back up')
  if (args['database-only'] && args.config !== undefined)
    throw usage('--database-only cannot be combined with --config: it stores no settings')
  if (args['config-only'] && args.source !== undefined)
    throw usage('--config-only cannot be combined with --source: it stores no database')
  if (!args.verify && args.scratch !== undefined)
    throw usage('--scratch cannot be combined with --no-verify: it is the server for the proof')
  if (args.dest !== undefined) return
  if (args.source !== undefined) throw usage('--source needs --dest, a folder or s3://bucket/prefix')
  if (args.name !== undefined) throw usage('--name needs --dest; for the stack, set HUNTER_BACKUP_SOURCE')
  if (args.scratch !== undefined) throw usage('--scratch needs --dest; for the stack, set HUNTER_PROOF_SCRATCH_URL')
  if (!args.verify) throw usage('--no-verify needs --dest; backups of the stack are always proven')
}

function usage(message: string): AppError {
  return new AppError('USAGE', message)
}
