/** Gathers what every part of the page draws from. Pure. */
import { hasLetters, toSetText } from '#exports/pdf/letters'
import { EN } from '#exports/pdf/texts/en'
import type { PdfTexts } from '#exports/pdf/texts/texts'
import { TR } from '#exports/pdf/texts/tr'
import { readSalesFacts } from '#leads/sales/facts'
import type { ListedCompany } from '#leads/listed/listed-company'
import { type SalesLanguage, type SalesSummary, writeSalesSummary } from '#leads/sales/summary'
import type { Lead } from '#leads/store'

export interface Report {
  lead: Lead
  listed: ListedCompany
  /** Null where no list names the company, or only in letters that the fonts lack. */
  company: string | null
  /** As people read it, or in punycode where the fonts lack its letters. */
  domain: string
  sales: SalesSummary
  texts: PdfTexts
  language: SalesLanguage
}

const TEXTS: Readonly<Record<SalesLanguage, PdfTexts>> = { tr: TR, en: EN }

/** The names in the fingerprints are shorter; an override may bring a longer one. */
const NAME_LENGTH_MAX = 60

export function buildReport(whole: Lead, listed: ListedCompany, language: SalesLanguage): Report {
  const lead = { ...whole, provider: shortenNames(whole.provider) }
  const sales = writeSalesSummary(lead, language)
  const readable = readSalesFacts(lead).domain
  const domain = hasLetters(readable) ? readable : lead.domain
  const respell = (text: string) => text.replaceAll(readable, domain)
  return {
    lead,
    listed,
    company: listed.company !== null && hasLetters(listed.company) ? listed.company : null,
    domain,
    language,
    texts: TEXTS[language],
    sales: { ...sales, oneLiner: respell(sales.oneLiner), callScript: respell(sales.callScript) },
  }
}

function shortenNames(provider: Lead['provider']): Lead['provider'] {
  const { mailbox, gateway } = provider
  return {
    ...provider,
    mailbox: { ...mailbox, name: toSetText(mailbox.name, NAME_LENGTH_MAX) },
    gateway: gateway && { ...gateway, name: toSetText(gateway.name, NAME_LENGTH_MAX) },
  }
}
