/** Says what a column holds, by its heading in Turkish or English. */
import { foldForSearch } from '#leads/list/fold'
import { simplifyHeading } from '#leads/listed/listed-company'

export type Role = 'domain' | 'email' | 'company'

/** Best first: of two columns, the one whose heading is named earlier is read. */
const EXACT: Record<Role, string[]> = {
  domain: listWords(`
    domain domainname alanadi website websitesi webadresi internetadresi internetsitesi
    websayfasi webpage webseite web www site siteadresi siteadi url homepage internet`),
  email: listWords(`
    email emailaddress emailadresi eposta epostaadresi kurumsaleposta mail mailadresi emails epostalar elektronikposta`),
  company: listWords(`
    company companyname firma firmaadi firmaunvani firmaunvan firmaismi sirket sirketadi sirketunvani sirketismi
    ticariunvan ticariunvani ticaretunvani unvan unvani kurum kurumadi kurulus kurulusadi isletme isletmeadi isletmeunvani
    musteri musteriadi musteriunvani organization organisation business businessname account accountname cariadi cariunvan
    adiunvani adi ad name isim`),
}

/** Words that decide when the heading as a whole is none of the above: `Kurumsal E-Posta Adresi 1`. */
const EMAIL_WITHIN = /eposta|email|mailadres|elektronikposta/
const DOMAIN_WITHIN = /website|alanadi|domain|internetadres|internetsite|webadres|websayfa|homepage/
const DOMAIN_WORD = /^(?:web|www|url)$/
const COMPANY_WITHIN = /(?:firma|sirket|isletme|kurulus|ticaret|ticari)(?:nin)?(?:adi|unvani?|ismi)|companyname/

/** Returns the role and its rank, 0 for the best; undefined for a column that Hunter does not read. Pure. */
export function recogniseHeading(heading: string): { role: Role; rank: number } | undefined {
  const plain = simplifyHeading(heading)
  if (plain === '' || plain.length > 100) return undefined
  for (const role of ['domain', 'email', 'company'] as const) {
    const rank = EXACT[role].indexOf(plain)
    if (rank !== -1) return { role, rank }
  }
  const words = foldForSearch(heading).split(/[^\p{L}\p{N}]+/u)
  if (EMAIL_WITHIN.test(plain)) return { role: 'email', rank: 100 }
  if (DOMAIN_WITHIN.test(plain) || words.some((word) => DOMAIN_WORD.test(word))) return { role: 'domain', rank: 100 }
  if (COMPANY_WITHIN.test(plain)) return { role: 'company', rank: 100 }
  return undefined
}

function listWords(text: string): string[] {
  return text.trim().split(/\s+/)
}
