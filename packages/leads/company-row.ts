import { foldDomain } from '#leads/list/fold'

/** Columns of a new company. */
export function buildCompanyRow(domain: string, at: Date) {
  return { domain, domainFolded: foldDomain(domain), createdAt: at, updatedAt: at }
}
