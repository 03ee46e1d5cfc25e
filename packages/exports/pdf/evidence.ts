/** Puts the evidence of a score line into the reader's language; records stay as they are. Pure. */
import type { Report } from '#exports/pdf/report'
import { EN as SALES_EN } from '#leads/sales/texts/en'
import { TR as SALES_TR } from '#leads/sales/texts/tr'
import type { ScoreLine } from '#leads/score/score'
import type { SpfProblem } from '#signals/signals'

const SALES_TEXTS = { en: SALES_EN, tr: SALES_TR }
/** Longer evidence is cut: no expression below runs over a record of 64 kB. */
const LENGTH_MAX = 600
/** `SERVFAIL from 10.0.0.2`: the address is a matter of our network, and no reader of a PDF can ask it. */
const ANSWERED_BY = /(?<=^[A-Z_]{1,40}) from \S+$/
/** The signals that vote for a provider, as `mx aspmx.l.google.com, spf _spf.google.com` names them. */
const VOTE_LABEL = /(?<=^|, )(?:mx|spf|dkim|ns)(?= )/g

export function explainEvidence(
  { rule, evidence }: ScoreLine,
  { texts, language }: Pick<Report, 'texts' | 'language'>,
) {
  const text = evidence.slice(0, LENGTH_MAX).replace(ANSWERED_BY, '')
  if (rule === 'spf.broken') {
    return text
      .split(', ')
      .map((problem) => texts.spfProblems[problem as SpfProblem] ?? problem)
      .join(', ')
  }
  const [, date] = /^expires (\d{4}-(?:0[1-9]|1[0-2])-\d{2})/.exec(text) ?? []
  if (date !== undefined) return texts.expires(SALES_TEXTS[language].date(date))
  const labelled = rule.startsWith('provider.') ? text.replace(VOTE_LABEL, (label) => label.toUpperCase()) : text
  return texts.phrases.reduce((said, [pattern, phrase]) => said.replace(pattern, phrase), labelled)
}
