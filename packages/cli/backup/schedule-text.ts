/** Writes a nightly backup for systemd and cron: with absolute paths, quoted, and without passwords. */
import { AppError } from '#platform/errors'

export interface Schedule {
  /** Name of the backups, and so of the units. */
  name: string
  /** Each command as its words: the first runs, and each further one runs after the one before succeeded. */
  commands: [string[], ...string[][]]
  /** `03:00` */
  at: string
  /** IANA name; undefined: the machine's zone. */
  timezone: string | undefined
  /** File with the passwords as NAME=value lines. */
  envFile: string | undefined
  /** User that runs it; undefined: root. */
  user: string | undefined
}

export interface ScheduleFile {
  path: string
  text: string
}

/** Writes a service and the timer that starts it. The timer makes up for a night on which the machine was off. */
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

/** Success prints nothing; cron mails whatever a failure prints. */
export function formatCronLine({ commands, at, envFile }: Schedule): string {
  const [hour, minute] = at.split(':').map(Number)
  const settings = envFile === undefined ? [] : ['set -a', `. ${quoteForShell(envFile)}`, 'set +a']
  const run = commands.map((words) => `${words.map(quoteForShell).join(' ')} >/dev/null`).join(' && ')
  return escapeForCron(`${minute} ${hour} * * * ${['umask 077', ...settings, run].join('; ')}`)
}

/** Quotes a word as systemd.syntax(7) does: a percent sign begins a specifier, and a dollar sign a variable. */
export function quoteForSystemd(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@+=:,./-]+$/.test(word) ? escaped : `"${escaped}"`
}

function quoteForShell(word: string): string {
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * An unescaped percent sign ends a command in crontab(5). A backslash escapes it, but not when another backslash
 * precedes that one: the quotes are closed and reopened between them.
 */
function escapeForCron(line: string): string {
  return line.replaceAll('\\%', "\\''%").replaceAll('%', '\\%')
}

/** @throws AppError USAGE for a text that would end a line of a unit or a crontab */
export function requirePlain(texts: readonly (string | undefined)[]): void {
  const bad = texts.find((text) => text !== undefined && /\p{Cc}/u.test(text))
  if (bad !== undefined) throw new AppError('USAGE', `${JSON.stringify(bad)} has control characters`)
}
