/** Five cron fields as AWS writes them: one of the two day fields must be a question mark, and a year follows. */
export function toAwsCron(cron: string): `cron(${string})` {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = cron.split(' ')
  const days = dayOfWeek === '*' ? `${dayOfMonth} ${month} ?` : `? ${month} ${dayOfWeek}`
  return `cron(${minute} ${hour} ${days} *)`
}
