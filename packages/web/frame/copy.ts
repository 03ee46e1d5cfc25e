import { language } from '#web/frame/language'
import { showToast } from '#web/frame/toasts.tsx'
import { texts } from '#web/texts/texts'

/** Copies a text and says so; a browser may refuse. */
export async function copyText(text: string): Promise<void> {
  const t = texts[language.get()]
  try {
    await navigator.clipboard.writeText(text)
    showToast(t.copied)
  } catch {
    showToast(t.notCopied, { kind: 'failed' })
  }
}
