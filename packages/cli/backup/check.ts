import { listBackups } from '#backups/store/catalog'
import {
  type Check,
  checkBackups,
  type CheckInput,
  type CheckLimits,
  isOfData,
} from '#backups/operations/check-backups'
import { listUnprovenRuns } from '#backups/operations/failed-runs'
import { BACKUP_OBJECTIVES } from '#backups/operations/objectives'
import { VERIFIED_LEVEL } from '#backups/format/manifest'
import { formatCheckLine } from '#cli/backup/check-line'
import { fromArg, nameArg, openPlace } from '#cli/backup/place'
import { formatJson, jsonArg } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { parseDuration } from '#cli/duration'
import { EXIT_STATUS, toExitStatus, Verdict } from '#cli/exit-status'
import { print } from '#cli/terminal'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { redactUrls } from '#platform/redact-urls'
import { watchRuns } from '#runtime/run-host'

const MAX_AGE = `${BACKUP_OBJECTIVES.newestVerifiedHoursMax}h`

export const checkCommand = withExamples(
  {
    args: {
      'max-age': {
        type: 'string',
        valueHint: 'TIME',
        default: MAX_AGE,
        description: 'Oldest acceptable age, such as 90m, 26h or 7d',
      },
      'min-level': {
        type: 'string',
        valueHint: '0-5',
        default: String(VERIFIED_LEVEL),
        description: 'Lowest acceptable proof level; 0 accepts unproven backups',
      },
      from: fromArg,
      name: nameArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const limits = {
        now: systemClock.now(),
        maxAgeMs: parseDuration(args['max-age'], '--max-age'),
        minLevel: parseLevel(args['min-level']),
      }
      const checks = await checkPlace(args, limits).catch((error: unknown) => {
        throw args.json ? error : unknown(error)
      })
      print(
        args.json
          ? formatJson({ passed: checks.every(({ passed }) => passed), checks })
          : formatCheckLine(checks, limits),
      )
      if (!checks.every(({ passed }) => passed)) throw new Verdict(EXIT_STATUS.damaged)
    },
  },
  [
    'npx hunter backup check --from /mnt/backups',
    'npx hunter backup check --from s3://my-bucket/postgres --name shop --max-age 26h --min-level 4',
  ],
)

/** Checks every database in the place, unless one is named. @throws AppError BACKUP_NOT_FOUND, STORAGE_UNAVAILABLE */
async function checkPlace(
  args: { from?: string | undefined; name?: string | undefined },
  limits: CheckLimits,
): Promise<Check[]> {
  const { store, sources } = await openPlace(args)
  const inputs: CheckInput[] = []
  for (const source of sources) {
    const entries = await listBackups(store, source)
    const { runs } = await listUnprovenRuns(store, { source, entries }, watchRuns(systemClock))
    if (args.name !== undefined || entries.length + runs.length > 0) inputs.push({ source, entries, runs })
  }
  const ofData = inputs.filter(isOfData)
  const checked = ofData.length > 0 ? ofData : inputs
  if (checked.length === 0) return [{ source: args.from ?? 'the stack', passed: false, reason: 'there is no backup' }]
  return checked.map((input) => checkBackups(input, limits))
}

/** A monitor reads one line on standard output, even when nothing could be checked. */
function unknown(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  print(redactUrls(`BACKUP UNKNOWN - ${error.code}: ${error.message.replaceAll(/[\n|]/g, ' ')}`))
  return new Verdict(toExitStatus(error.kind))
}

function parseLevel(text: string): number {
  if (/^[0-5]$/.test(text)) return Number(text)
  throw new AppError('USAGE', `--min-level must be a whole number from 0 to 5, not ${JSON.stringify(text)}`)
}
