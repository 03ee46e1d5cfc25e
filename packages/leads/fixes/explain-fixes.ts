import { listFixes } from '#leads/fixes/list-fixes'
import { FIX_TEXTS } from '#leads/fixes/texts'
import type { SalesLanguage } from '#leads/sales/summary'
import type { Lead } from '#leads/store'

/** The fixes of a lead with the words of a language, what gains most first. */
export function explainFixes(lead: Lead, language: SalesLanguage) {
  const { advice, questions } = FIX_TEXTS[language]
  return listFixes(lead).map((fix) => ({
    ...fix,
    ...advice[fix.rule],
    questions: fix.questions.map(({ code, about }) => ({ code, about, text: questions[code](about) })),
  }))
}
