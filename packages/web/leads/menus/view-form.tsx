import '#web/frame/form.css'
import { useTexts } from '#web/frame/language'
import { useLeadsTexts } from '#web/leads/cells.tsx'
import { menuTexts } from '#web/leads/menus/texts'
import { type Change, COLUMNS, FIELDS, FIRST_PAGE, type ListState, PAGE_SIZES, SORTS } from '#web/leads/state'

/** Columns, order and rows of the list. */
export default function ViewForm({ state, change }: { state: ListState; change: Change }) {
  const t = useLeadsTexts()
  const own = useTexts(menuTexts)
  const shown = new Set(state.columns)
  return (
    <div class="form">
      <fieldset class="field">
        <legend class="visually-hidden">{own.columnsMenu}</legend>
        {COLUMNS.map((name) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              checked={shown.has(name)}
              onChange={(event) => {
                const isShown = event.currentTarget.checked
                change(
                  { columns: COLUMNS.filter((one) => (one === name ? isShown : shown.has(one))) },
                  { replace: true },
                )
              }}
            />
            {t.columns[name]}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span class="field-label">{own.order}</span>
        <select
          value={state.sort}
          onChange={(event) => {
            const sort = SORTS.find((one) => one === event.currentTarget.value)
            if (sort) change({ sort, ...FIRST_PAGE })
          }}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {own.sorts[sort]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">{own.pageSize}</span>
        <select
          value={state.size}
          onChange={(event) => {
            const size = PAGE_SIZES.find((one) => one === event.currentTarget.value)
            if (size) change({ size, ...FIRST_PAGE }, { replace: true })
          }}
        >
          {PAGE_SIZES.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button"
        data-look="quiet"
        onClick={() => change({ columns: FIELDS.columns.fallback, widths: FIELDS.widths.fallback }, { replace: true })}
      >
        {own.resetColumns}
      </button>
    </div>
  )
}
