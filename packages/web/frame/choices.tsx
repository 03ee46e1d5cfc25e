import { type Language, language, setLanguage, useTexts } from '#web/frame/language'
import { SCHEMES, scheme, setScheme } from '#web/frame/scheme'
import { useStore } from '#web/frame/store'
import { texts } from '#web/texts/texts'

/** Language and colours, also on the sign-in page. */
export function Choices() {
  const t = useTexts(texts)
  const now = useStore(language)
  const colours = useStore(scheme)
  return (
    <div class="choices">
      <select
        aria-label={t.language}
        value={now}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        <option value="en">English</option>
        <option value="tr">Türkçe</option>
      </select>
      <select
        aria-label={t.scheme}
        value={colours}
        onChange={(event) => setScheme(SCHEMES.find((one) => one === event.currentTarget.value) ?? 'system')}
      >
        {SCHEMES.map((one) => (
          <option key={one} value={one}>
            {t.schemes[one]}
          </option>
        ))}
      </select>
    </div>
  )
}
