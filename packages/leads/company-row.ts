import { foldedDomain } from '#leads/list/fold'

/** Columns of a new company. */
export function companyRow(domain: string, at: Date) {
  return { domain, domainFolded: foldedDomain(domain), createdAt: at, updatedAt: at }
}
