/** A nightly backup as systemd and cron take it: with whole paths, quoted, and without a password. */
import { AppError } from '#platform/errors'

export interface Schedule {
  /** Of the backups, and so of the units. */
  name: string
  /** Each as its words: what is run, and what is run once that has succeeded. */
  commands: [string[], ...string[][]]
  /** `03:00` */
  at: string
  /** IANA name; undefined: the machine's. */
  timezone: string | undefined
  /** Holds the passwords, as NAME=value lines. */
  envFile: string | undefined
  /** Who runs it; undefined: root. */
  user: string | undefined
}

export interface ScheduleFile {
  path: string
  text: string
}

/** A service that is run once, and the timer that starts it; a night on which the machine was off is made up for. */
export function formatSystemdUnits(schedule: Schedule): [ScheduleFile, ScheduleFile] {
  const { name, commands, at, timezone, envFile, user } = schedule
  const [first, ...others] = commands.map((words) => words.map(quoteForSystemd).join(' '))
  const unit = `/etc/systemd/system/hunter-backup-${name}`
  const service = [
    '[Unit]',
    `Description=Back up ${name} and prove that it restores`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    ...(user === undefined ? [] : [`User=${user}`]),
    'UMask=0077',
    ...(envFile === undefined ? [] : [`EnvironmentFile=${envFile.replaceAll('%', '%%')}`]),
    `ExecStart=${first}`,
    ...others.map((words) => `ExecStartPost=${words}`),
    'Nice=10',
    'IOSchedulingClass=idle',
    'TimeoutStartSec=12h',
  ]
  const timer = [
    '[Unit]',
    `Description=Back up ${name} every night`,
    '',
    '[Timer]',
    `OnCalendar=*-*-* ${at}:00${timezone === undefined ? '' : ` ${timezone}`}`,
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]
  return [
    { path: `${unit}.service`, text: `${service.join('\n')}\n` },
    { path: `${unit}.timer`, text: `${timer.join('\n')}\n` },
  ]
}

/** What goes well is said to nobody; what does not, cron sends by mail. */
export function formatCronLine({ commands, at, envFile }: Schedule): string {
  const [hour, minute] = at.split(':').map(Number)
  const settings = envFile === undefined ? [] : ['set -a', `. ${quoteForShell(envFile)}`, 'set +a']
  const run = commands.map((words) => `${words.map(quoteForShell).join(' ')} >/dev/null`).join(' && ')
  return escapeForCron(`${minute} ${hour} * * * ${['umask 077', ...settings, run].join('; ')}`)
}

/** Quoted as systemd.syntax(7) has it: a percent sign begins a specifier, and a dollar sign a variable. */
export function quoteForSystemd(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@+=:,./-]+$/.test(word) ? escaped : `"${escaped}"`
}

function quoteForShell(word: string): string {
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * A percent sign ends a command in crontab(5) unless a backslash stands before it, and of two backslashes before it the
 * second is none: quotes are closed and opened between them.
 */
function escapeForCron(line: string): string {
  return line.replaceAll('\\%', "\\''%").replaceAll('%', '\\%')
}

/** @throws AppError USAGE for what would end a line of a unit or a crontab */
export function requirePlain(texts: readonly (string | undefined)[]): void {
  const bad = texts.find((text) => text !== undefined && /\p{Cc}/u.test(text))
  if (bad !== undefined) throw new AppError('USAGE', `${JSON.stringify(bad)} has control characters`)
}
