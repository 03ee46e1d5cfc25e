import { useFormat, useTexts } from '#web/frame/language'
import { Cross } from '#web/frame/cross.tsx'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'
import '#web/leads/menus/menus.css'
import { menuTexts } from '#web/leads/menus/texts'
import { type Change, FIELDS, FIRST_PAGE, type ListState } from '#web/leads/state'

/** Each active condition with a button that removes it. */
export default function Chips({ state, change }: { state: ListState; change: Change }) {
  const t = useLeadsTexts()
  const own = useTexts(menuTexts)
  const format = useFormat()
  const { provider, score_min: min, score_max: max, moved, referral, import: importId, text } = state
  const chips = [
    text && { label: `“${text}”`, fields: ['text'] as const },
    provider && { label: nameProvider(provider, t), fields: ['provider'] as const },
    (min > 0 || max < 100) && { label: own.scoreBetween(min, max), fields: ['score_min', 'score_max'] as const },
    moved && {
      label: `${own.moved}: ${own.lastDays(format.number(Number(moved)), Number(moved))}`,
      fields: ['moved'] as const,
    },
    referral && { label: t.referrals[referral], fields: ['referral'] as const },
    importId && { label: own.ofImport, fields: ['import'] as const },
  ].filter((chip) => typeof chip === 'object')
  if (chips.length === 0) return null
  const remove = (fields: readonly (keyof ListState)[]) =>
    change({ ...Object.fromEntries(fields.map((name) => [name, FIELDS[name].fallback])), ...FIRST_PAGE })
  return (
    <ul class="chips" aria-label={own.conditions}>
      {chips.map(({ label, fields }) => (
        <li key={fields[0]} class="chip">
          <bdi>{label}</bdi>
          <button type="button" class="icon-button" aria-label={own.remove(label)} onClick={() => remove(fields)}>
            <Cross />
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <button
            type="button"
            class="button"
            data-look="quiet"
            onClick={() => remove(chips.flatMap(({ fields }) => fields))}
          >
            {own.removeAll}
          </button>
        </li>
      )}
    </ul>
  )
}
