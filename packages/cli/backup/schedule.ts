import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { userInfo } from 'node:os'
import { isSourceName } from '#backups/format/source-name'
import { keepArgs, type KeepArgs, parseKeep } from '#cli/backup/keep-args'
import { parsePingUrl } from '#cli/backup/ping'
import { formatJson, jsonArg, scratchArg } from '#cli/backup/report'
import {
  formatCronLine,
  requirePlain,
  type Schedule,
  type ScheduleFile,
  formatSystemdUnits,
} from '#cli/backup/schedule-text'
import { deriveSourceName, parseSqlitePath } from '#cli/backup/source'
import { withExamples } from '#cli/command'
import { print } from '#cli/terminal'
import { AppError } from '#platform/errors'
import { takePassword } from '#cli/backup/take-password'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const required = (valueHint: string, description: string) =>
  ({ type: 'string', required: true, valueHint, description }) as const
const optional = (valueHint: string, description: string) => ({ type: 'string', valueHint, description }) as const

export const scheduleCommand = withExamples(
  {
    args: {
      source: required('postgres://…|sqlite:PATH', 'Database to back up, in any form that "hunter backup run" takes'),
      dest: required('DIR|s3://…', 'Where to store the backups: a folder or s3://bucket/prefix'),
      name: optional('NAME', "Name of the backups (default: the database's)"),
      as: { type: 'enum', options: ['systemd', 'cron'], default: 'systemd', description: 'What to print' },
      at: { type: 'string', valueHint: 'HH:MM', default: '03:00', description: 'Time of day' },
      timezone: optional(
        'ZONE',
        "Time zone for systemd, such as Europe/Istanbul (default: the machine's, which cron always uses)",
      ),
      user: optional('USER', 'User that runs it (default: you)'),
      // not --env-file: Node takes that option itself, wherever it stands, and exits when the file does not exist
      'environment-file': optional('FILE', 'File of NAME=value lines, such as PGPASSWORD; no other user may read it'),
      ping: optional('URL', 'Report each run to this monitor, like "hunter backup run --ping"'),
      scratch: scratchArg,
      ...keepArgs,
      json: jsonArg,
    },
    run: ({ args }) => {
      const { schedule, secrets } = parseSchedule(args)
      const files =
        args.as === 'cron' ? [{ path: 'crontab', text: `${formatCronLine(schedule)}\n` }] : formatSystemdUnits(schedule)
      if (args.json) return print(formatJson({ files, secrets }))
      print(
        [
          ...writeRemarks(schedule, secrets),
          ...(args.as === 'cron' ? cronText(schedule, files) : unitsText(files)),
        ].join('\n'),
      )
    },
  },
  [
    'npx hunter backup schedule --source postgres://me@db/shop --dest /mnt/backups --environment-file /etc/hunter/shop.env',
    'npx hunter backup schedule --as cron --at 02:15 --source sqlite:app.db --dest s3://my-bucket/backups --keep-daily 14',
  ],
)

interface ScheduleArgs extends KeepArgs {
  source: string
  dest: string
  name?: string | undefined
  as: string
  at: string
  timezone?: string | undefined
  user?: string | undefined
  'environment-file'?: string | undefined
  ping?: string | undefined
  scratch?: string | undefined
}

/** @throws AppError USAGE */
function parseSchedule(args: ScheduleArgs): { schedule: Schedule; secrets: string[] } {
  const { at, timezone, as } = args
  requirePlain([args.source, args.dest, args.user, args['environment-file'], args.ping, args.scratch])
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(at))
    throw usage(`--at must be a time such as 03:00, not ${JSON.stringify(at)}`)
  if (timezone !== undefined) requireZone(timezone, as)
  if (args.ping !== undefined) parsePingUrl(args.ping)
  const name = args.name ?? deriveSourceName(args.source)
  if (name === undefined || !isSourceName(name))
    throw usage('add --name, the name of the backups: lower-case letters, digits and dashes')
  const source = takePassword(wholeSource(args.source))
  const scratch = args.scratch === undefined ? undefined : takePassword(args.scratch)
  const dest = args.dest.startsWith('s3://') ? args.dest : resolve(args.dest)
  const envFile = args['environment-file']
  const secrets = [
    ...(source.hadPassword ? ['PGPASSWORD'] : []),
    ...(scratch?.hadPassword ? ['HUNTER_PROOF_SCRATCH_URL'] : []),
  ]
  const shownScratch = scratch?.hadPassword ? [] : option('scratch', args.scratch)
  const run = [
    'run',
    '--source',
    source.text,
    '--dest',
    dest,
    '--name',
    name,
    ...shownScratch,
    ...option('ping', args.ping),
  ]
  const commands: Schedule['commands'] = [hunter(run), ...planCleanup(args, dest, name)]
  const user = args.user ?? userInfo().username
  const env = envFile === undefined ? (secrets.length > 0 ? `/etc/hunter/${name}.env` : undefined) : resolve(envFile)
  return { schedule: { name, commands, at, timezone, envFile: env, user: user === 'root' ? undefined : user }, secrets }
}

/** Makes the path absolute: neither cron nor systemd starts in the caller's folder. */
function wholeSource(text: string): string {
  const path = parseSqlitePath(text)
  return path === undefined ? text : `sqlite:${path}`
}

function planCleanup(args: KeepArgs, dest: string, name: string): string[][] {
  if (parseKeep(args) === undefined) return []
  const rules = Object.keys(keepArgs).flatMap((rule) => option(rule, args[rule as keyof KeepArgs]))
  return [hunter(['cleanup', '--from', dest, '--name', name, ...rules])]
}

/** Names Node by its path: neither cron nor systemd has the caller's PATH. */
const hunter = (words: string[]): string[] => [process.execPath, MAIN, 'backup', ...words]

const option = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [`--${name}`, value])

function requireZone(timezone: string, as: string): void {
  if (as === 'cron') throw usage("cron has only the machine's time zone: omit --timezone, or use systemd")
  if (!isZone(timezone)) throw usage(`${JSON.stringify(timezone)} is not a time zone such as Europe/Istanbul`)
}

/** systemd takes zone names, not offsets. */
function isZone(timezone: string): boolean {
  try {
    return /^[a-z]/i.test(timezone) && Boolean(new Intl.DateTimeFormat('en', { timeZone: timezone }))
  } catch {
    return false
  }
}

function writeRemarks({ envFile, name }: Schedule, secrets: string[]): string[] {
  const need = secrets.length === 0 ? '' : `, and ${secrets.join(' and ')} must be`
  const where =
    envFile === undefined ? [] : [`# Passwords and keys are in ${envFile} (chmod 600), one NAME=value a line${need}.`]
  return [`# Nightly backup of ${name}, by Hunter: docs/standalone.md explains it.`, ...where, '']
}

function unitsText(files: ScheduleFile[]): string[] {
  const timer = files.at(-1)?.path.replace(/^.*\//, '') ?? ''
  const texts = files.flatMap(({ path, text }) => [`# Save as ${path}`, text])
  return [...texts, `# Then: systemctl daemon-reload && systemctl enable --now ${timer}`]
}

function cronText({ user }: Schedule, [file]: ScheduleFile[]): string[] {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return [
    `# Add with "crontab -e" as ${user ?? 'root'}. cron goes by the machine's time zone (${zone}).`,
    file?.text.trimEnd() ?? '',
  ]
}

function usage(message: string): AppError {
  return new AppError('USAGE', message)
}
