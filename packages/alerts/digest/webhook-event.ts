/** A digest as an event for programs: the same sections without words. Pure. */
import type { Digest } from '#alerts/digest/build-digest'
import { cutText } from '#alerts/send/texts'

/** The API has the whole text. */
const TEXT_LENGTH_MAX = 120

export function buildDigestEvent({ from, to, timezone, sections, backup }: Digest) {
  const data = {
    from: from.toISOString(),
    to: to.toISOString(),
    timezone,
    sections: sections.map(({ top, ...section }) => ({ ...section, top: top.map(cutTexts) })),
    backup:
      backup &&
      ('id' in backup
        ? { state: backup.kind, id: backup.id, age_hours: Math.floor(backup.ageHours) }
        : { state: backup.kind }),
  }
  return { type: 'digest.daily', timestamp: to.toISOString(), data }
}

/** Fields keep the names that the API gives them. */
function cutTexts(item: object): object {
  const fields = Object.entries(item).map(([name, value]: [string, unknown]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    typeof value === 'string' ? cutText(value, TEXT_LENGTH_MAX) : value,
  ])
  return Object.fromEntries(fields) as object
}
