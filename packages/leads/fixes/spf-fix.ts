/** Builds the SPF record that a domain lacks, or repairs the one that receivers reject (RFC 7208). Pure. */
import { ask, listService, type Question, type Remedy, TTL_SECONDS } from '#leads/fixes/fix'
import { repairTerms } from '#leads/fixes/spf-terms'
import type { Lead } from '#leads/store'
import type { Present } from '#signals/evidence'
import { isSpf, parseSpf } from '#signals/mail/spf-record'
import type { Spf, SpfProblem } from '#signals/signals'

/** What each provider tells its customers to include; the fingerprints know only the ends of these names. */
const INCLUDES: Readonly<Record<string, string>> = {
  'microsoft-365': 'spf.protection.outlook.com',
  'google-workspace': '_spf.google.com',
  yandex: '_spf.yandex.net',
  icloud: 'icloud.com',
  proton: '_spf.protonmail.ch',
}
/** More MX hosts make a record with `mx` an error (section 4.6.4). */
const MX_HOSTS_MAX = 10

export function fixSpf(lead: Lead): Remedy {
  const { spf } = lead.signals
  if (spf.state === 'absent') return buildSpf(lead)
  if (spf.state === 'present' && spf.value.verdict === 'broken') return repairSpf(lead.domain, spf)
  return ask({ code: 'scan-again', about: spf.state === 'present' ? spf.value.unanswered : [] })
}

/** `~all` rejects no mail: a sender that is not in the list yet keeps working. */
function buildSpf(lead: Lead): Remedy {
  const { domain, signals, provider } = lead
  const { mailbox, gateway } = provider
  const { mx } = signals
  if (mx.state === 'present' && mx.value.nullMx) return publishSpf(domain, 'v=spf1 -all')
  const isOwn = mailbox.kind === 'own-server' && mx.state === 'present' && mx.value.hosts.length <= MX_HOSTS_MAX
  const include = INCLUDES[mailbox.id]
  if (!mailbox.settled || (include === undefined && !isOwn))
    return ask({ code: 'mail-service', about: listService(lead) })
  const sender = include === undefined ? 'mx' : `include:${include}`
  const remedy = publishSpf(domain, `v=spf1 ${sender} ~all`)
  return { ...remedy, questions: [{ code: 'other-senders', about: gateway === null ? [] : [gateway.name] }] }
}

/** What a person must answer about problems that the record alone does not explain. */
const ASKED: Partial<Record<SpfProblem, Question['code']>> = {
  'too-many-lookups': 'senders-in-use',
  'too-many-void-lookups': 'include-faulty',
  'include-without-record': 'include-faulty',
  'too-many-mx-hosts': 'mx-hosts',
  loop: 'loop',
}

function repairSpf(domain: string, { value: spf, records }: Present<Spf>): Remedy {
  const questions = spf.problems.flatMap((problem) => {
    const code = ASKED[problem]
    return code === undefined ? [] : [{ code, about: spf.senders }]
  })
  if (questions.length > 0) return ask(...questions)
  const published = records.filter(isSpf)
  const { terms, unclear, repaired } = repairTerms(published)
  if (unclear.length > 0) return ask({ code: 'term-meant', about: unclear })
  const value = ['v=spf1', ...terms].join(' ')
  // the record is sound, so the fault is in one that it includes
  if (published.length === 1 && repaired.length === 0) return ask({ code: 'include-faulty', about: spf.senders })
  const remedy = publishSpf(domain, value, published)
  if (isSeen(value, { repaired, isOneOfSeveral: published.length > 1 })) return remedy
  return { ...remedy, questions: [{ code: 'scan-again', about: [] }], isCertain: false }
}

/** A scan follows nothing below several records or an unreadable term, and it names no include that has the same fault. */
function isSeen(value: string, { repaired, isOneOfSeveral }: { repaired: string[]; isOneOfSeveral: boolean }): boolean {
  const { lookups, follow } = parseSpf(value)
  if (isOneOfSeveral) return lookups === 0
  return follow.length === 0 && parseSpf(`v=spf1 ${repaired.join(' ')}`).lookups === 0
}

function publishSpf(domain: string, value: string, published: string[] = []): Remedy {
  const place = { host: domain, type: 'TXT' } as const
  const remove = published.map((old) => ({ ...place, value: old }))
  return {
    steps: [{ afterDays: 0, remove, publish: [{ ...place, value, ttlSeconds: TTL_SECONDS }] }],
    questions: [],
    isCertain: true,
  }
}
