/** The scoring rules as data. Raise the version with every change of a number: it is stored with each score. */
import type { DmarcPolicy, Spf } from '#signals/signals'
import type { MailboxKind } from '#signals/provider/fingerprints'

export const RULES_VERSION = 1

/** Points by kind of mailbox. */
export const PROVIDER_POINTS: Readonly<Record<MailboxKind, number>> = {
  'microsoft-365': 50,
  google: 50,
  mailbox: 30,
  hosting: 20,
  'own-server': 15,
  consumer: 0,
  'public-sector': 0,
  none: 0,
  unknown: 0,
}

/** `undetermined` gives no points yet: it may turn out valid or broken. */
export const SPF_POINTS: Readonly<Record<Spf['verdict'] | 'absent', number>> = {
  valid: 10,
  undetermined: 0,
  broken: -5,
  absent: -10,
}

/** Points by the policy that receivers apply today; an `unusable` record asks for nothing. */
export const DMARC_POINTS: Readonly<Record<DmarcPolicy | 'unusable' | 'absent', number>> = {
  reject: 20,
  quarantine: 15,
  none: 5,
  unusable: 0,
  absent: 0,
}

export const DKIM_POINTS = { found: 10, absent: -10 } as const

export const REGISTRATION_POINTS = { lasting: 0, expiring: -5 } as const
export const EXPIRING_WITHIN_DAYS = 30

export const CO_SELL_POINTS = 10
