/** Writes five cron fields as AWS does: one of the two day fields must be `?`, and a year follows. */
export function toAwsCron(cron: string): `cron(${string})` {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = cron.split(' ')
  const days = dayOfWeek === '*' ? `${dayOfMonth} ${month} ?` : `? ${month} ${dayOfWeek}`
  return `cron(${minute} ${hour} ${days} *)`
}
