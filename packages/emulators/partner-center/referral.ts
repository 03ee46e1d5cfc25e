/** Referrals as the API of Partner Center writes them. */

/** Seven digits of a second, as Microsoft writes them. */
export const formatTime = (at: Date) => at.toISOString().replace('Z', '0000Z')

export interface ReferralFacts {
  id: string
  /** Addresses of the customer's team. */
  emails: string[]
  /** ISO time. */
  updated: string
  company?: string
  type?: string
  qualification?: string
  status?: string
  substatus?: string
  /** `msft`, or another partner's id. */
  inviter?: string | null
  /** An object in one of Microsoft's samples, a list in another. */
  ids?: unknown
  eTag?: string
  consentToContact?: boolean
}

export type WrittenReferral = Record<string, unknown> & { id: string; updatedDateTime: string }

export function writeReferral({ id, emails, updated, ...facts }: ReferralFacts): WrittenReferral {
  const { company = 'Contoso', ids = {}, inviter = 'b7e5a8c2-0f0e-4f9b-9d6e-1f2a3b4c5d6e' } = facts
  return {
    id,
    engagementId: `engagement-${id}`,
    organizationId: '0d4f1c2b-8a1e-4c55-9e0a-3f6d5b7a9c11',
    organizationName: 'Our company',
    name: `Referral ${id}`,
    createdDateTime: updated,
    updatedDateTime: updated,
    expirationDateTime: null,
    status: facts.status ?? 'Active',
    substatus: facts.substatus ?? 'Accepted',
    type: facts.type ?? 'Shared',
    qualification: facts.qualification ?? 'SalesQualified',
    direction: 'Incoming',
    eTag: facts.eTag ?? `"${id}-${updated}"`,
    inviteContext: { notes: 'Please call', invitedBy: { organizationId: inviter, organizationName: 'A partner' } },
    customerProfile: {
      name: company,
      address: { addressLine1: 'One Way 1', city: 'Ankara', state: '', postalCode: '06100', country: 'TR' },
      size: '10to50employees',
      team: emails.map((email) => ({
        firstName: 'Ayşe',
        lastName: 'Demir',
        phoneNumber: '+903120000000',
        email,
        contactPreference: { contactMethods: ['email'], locale: 'tr-TR' },
      })),
      ids,
    },
    // the name of the first field is Microsoft's
    consent: { consentToToShareInfoWithOthers: true, consentToContact: facts.consentToContact ?? true },
    details: { notes: 'Wants Microsoft 365', dealValue: 10_000, currency: 'USD', requirements: { products: [] } },
    links: { self: { uri: `/engagements/referrals/${id}`, method: 'GET' } },
  }
}

/** The companies are those of the demonstration zone. */
export function listDemoReferrals(now: Date): WrittenReferral[] {
  const at = (minutes: number) => formatTime(new Date(now.getTime() - minutes * 60_000))
  return [
    { id: 'demo-1', emails: ['ayse@hunter-demo-gida.com.tr'], updated: at(50), company: 'Demo Gıda' },
    { id: 'demo-2', emails: ['it@hunter-demo-gida.com.tr'], updated: at(40), company: 'Demo Gıda' },
    {
      id: 'demo-3',
      emails: ['bilgi@hunter-demo-turizm.com.tr'],
      updated: at(30),
      company: 'Demo Turizm',
      type: 'Independent',
      qualification: 'Direct',
      inviter: 'msft',
    },
    { id: 'demo-4', emails: ['demo@gmail.com'], updated: at(20), company: 'Demo' },
  ].map((facts) => writeReferral(facts))
}
