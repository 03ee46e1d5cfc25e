import '#web/frame/form.css'
import { type Language, language, setLanguage, useTexts } from '#web/frame/language'
import { SCHEMES, scheme, setScheme } from '#web/frame/scheme'
import { useStore } from '#web/frame/store'
import { texts } from '#web/texts/texts'

/** Language and colours, in the menu and on the sign-in page. */
export function Choices() {
  const t = useTexts(texts)
  const now = useStore(language)
  const colours = useStore(scheme)
  return (
    <div class="choices">
      <label class="field">
        <span class="field-label">{t.language}</span>
        <select value={now} onChange={(event) => void setLanguage(event.currentTarget.value as Language)}>
          <option value="en">English</option>
          <option value="tr">Türkçe</option>
        </select>
      </label>
      <label class="field">
        <span class="field-label">{t.scheme}</span>
        <select
          value={colours}
          onChange={(event) => setScheme(SCHEMES.find((one) => one === event.currentTarget.value) ?? 'system')}
        >
          {SCHEMES.map((one) => (
            <option key={one} value={one}>
              {t.schemes[one]}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
