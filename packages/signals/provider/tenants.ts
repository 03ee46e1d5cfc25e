/** Finds the records that show a tenant of Microsoft 365 or Google Workspace, and tells which of them prove it. */
import { getMatcher } from '#signals/provider/matcher'
import { type CnameChain, isOpen, type SignalName, type Signals, type Srv } from '#signals/signals'
import type { Evidence } from '#signals/evidence'

export interface TenantEvidence {
  signal: SignalName
  /** The evidence, e.g. `enterpriseregistration.firma.com.tr → enterpriseregistration.windows.net`. */
  evidence: string
  /**
   * True when the service needs this record, or only its customers can have it. SPF senders and tokens never prove a
   * tenant: they exist without a mailbox, and outlive it.
   */
  proves: boolean
}

export interface Tenants {
  microsoft365: TenantEvidence[]
  google: TenantEvidence[]
  /** Signals without an answer that could still show a tenant. */
  unanswered: SignalName[]
}

/** Targets of Microsoft's services under a customer's name; each is useless without a tenant. */
const MICROSOFT_NAMES = {
  autodiscover: 'autodiscover.outlook.com',
  autodiscoverSrv: 'autodiscover.outlook.com',
  lyncdiscover: 'webdir.online.lync.com',
  sip: 'sipdir.online.lync.com',
  sipFederation: 'sipfed.online.lync.com',
  enterpriseRegistration: 'enterpriseregistration.windows.net',
  enterpriseEnrollment: 'manage.microsoft.com',
  msoid: 'clientconfig.microsoftonline-p.net',
} as const satisfies Partial<Record<SignalName, string>>
type ServiceSignal = keyof typeof MICROSOFT_NAMES
const SERVICE_SIGNALS = Object.keys(MICROSOFT_NAMES) as ServiceSignal[]

/** Microsoft required it years ago and no longer does. */
const LEGACY: readonly SignalName[] = ['msoid']

const TELLING: readonly SignalName[] = ['mx', 'dkim', ...SERVICE_SIGNALS]

export function isServiceName(target: string): boolean {
  return Object.values(MICROSOFT_NAMES).some((name) => isBelow(target, name)) || match('autodiscover', target) !== null
}

const match = getMatcher([])

export function findTenants(signals: Signals): Tenants {
  return {
    microsoft365: [
      ...findInMx(signals, 'microsoft-365'),
      ...findMicrosoftDkim(signals),
      ...SERVICE_SIGNALS.flatMap((name) => findService(signals, name)),
      ...findInSpf(signals, 'microsoft-365'),
      ...findTokens(signals, 'Microsoft 365'),
    ],
    google: [
      ...findInMx(signals, 'google-workspace'),
      ...findGoogleDkim(signals),
      ...findInSpf(signals, 'google-workspace'),
      ...findTokens(signals, 'Google'),
    ],
    unanswered: TELLING.filter((name) => isOpen(signals, name)),
  }
}

export function isProven(evidence: readonly TenantEvidence[]): boolean {
  return evidence.some(({ proves }) => proves)
}

function findInMx({ mx }: Signals, provider: string): TenantEvidence[] {
  if (mx.state !== 'present') return []
  const host = mx.value.hosts.find(({ host }) => match('mx', host)?.fingerprint.id === provider)?.host
  return host === undefined ? [] : [{ signal: 'mx', evidence: `mail goes to ${host}`, proves: true }]
}

function findMicrosoftDkim({ domain, dkim }: Signals): TenantEvidence[] {
  if (dkim.state !== 'present') return []
  return dkim.value.targets
    .filter(({ target }) => match('dkim', target)?.fingerprint.id === 'microsoft-365')
    .map(({ selector, target }) => ({
      signal: 'dkim',
      evidence: `${selector}._domainkey.${domain} → ${target}`,
      proves: true,
    }))
}

/** Workspace puts its key at `google`; a CNAME there points to another service. */
function findGoogleDkim({ domain, dkim }: Signals): TenantEvidence[] {
  if (dkim.state !== 'present' || !dkim.value.selectors.includes('google')) return []
  if (dkim.value.targets.some(({ selector }) => selector === 'google')) return []
  return [{ signal: 'dkim', evidence: `a key at google._domainkey.${domain}`, proves: true }]
}

function findService(signals: Signals, name: ServiceSignal): TenantEvidence[] {
  const evidence: Evidence<CnameChain | Srv> = signals[name]
  if (evidence.state !== 'present') return []
  const targets = 'targets' in evidence.value ? evidence.value.targets : evidence.value.hosts.map(({ host }) => host)
  const target = targets.find((target) => isBelow(target, MICROSOFT_NAMES[name]))
  if (target === undefined) return []
  return [{ signal: name, evidence: `${name.toLowerCase()} → ${target}`, proves: !LEGACY.includes(name) }]
}

function findInSpf({ spf }: Signals, provider: string): TenantEvidence[] {
  if (spf.state !== 'present') return []
  const name = spf.value.senders.find((name) => match('spf', name)?.fingerprint.id === provider)
  return name === undefined ? [] : [{ signal: 'spf', evidence: `SPF lets ${name} send`, proves: false }]
}

function findTokens({ tokens }: Signals, service: string): TenantEvidence[] {
  if (tokens.state !== 'present') return []
  return tokens.value.tokens
    .filter((token) => token.service === service)
    .map(({ record }) => ({ signal: 'tokens', evidence: `token ${record.slice(0, 100)}`, proves: false }))
}

function isBelow(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`)
}
