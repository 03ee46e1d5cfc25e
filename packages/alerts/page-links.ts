/** Addresses of the page, for people who read alerts. The page asks them to sign in. Undefined and null: no public address. */

export function linkLead(publicUrl: string | undefined, domain: string): string | null {
  return publicUrl === undefined ? null : new URL(`/app/leads/${encodeURIComponent(domain)}`, publicUrl).href
}

/** `query`: fields of the list, as its address holds them. */
export function linkLeads(publicUrl: string | undefined, query: string): string | null {
  return publicUrl === undefined ? null : new URL(`/app/leads?${query}`, publicUrl).href
}
