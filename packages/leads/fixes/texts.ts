/** What a fix says to a person, in both languages; a missing entry does not compile. */
import type { Question } from '#leads/fixes/fix'
import type { FixRule } from '#leads/fixes/list-fixes'
import type { SalesLanguage } from '#leads/sales/summary'

interface FixTexts {
  advice: Record<FixRule, { title: string; text: string }>
  questions: Record<Question['code'], (about: string[]) => string>
}

const list = (about: string[]) => about.join(', ')

const noteSeen = (word: string) => (about: string[]) => (about.length > 0 ? ` (${word}: ${list(about)})` : '')
const seen = noteSeen('seen')
const seenInTurkish = noteSeen('görülen')

const EN: FixTexts = {
  advice: {
    'spf.valid': {
      title: 'Publish a valid SPF record',
      text: 'It names the servers that may send for the domain, so that receivers can tell forged mail apart.',
    },
    'dkim.found': {
      title: 'Sign mail with DKIM',
      text: 'The signature proves that a message is real and was not changed on its way.',
    },
    'dmarc.reject': {
      title: 'Raise DMARC to p=reject',
      text: 'Receivers then refuse mail that is forged in the name of the company, instead of delivering it.',
    },
    'registration.lasting': {
      title: 'Renew the domain',
      text: 'Mail and website stop when the registration ends.',
    },
  },
  questions: {
    'mail-service': (about) => `Which service sends the domain's mail${seen(about)}? It says what to include.`,
    'other-senders': (about) =>
      `What else sends mail for the domain${seen(about)}: website, invoices, newsletters? Add each before "~all".`,
    'senders-in-use': (about) =>
      `SPF allows 10 look-ups. Which of these still send: ${list(about)}? Remove the others.`,
    'term-meant': (about) => `What should these terms say: ${list(about)}? Correct or remove them.`,
    'include-faulty': (about) =>
      `A record below the domain's own has an error. Which of these still send: ${list(about)}? Remove the others.`,
    loop: (about) => `An include leads back to itself. Which of these still send: ${list(about)}? Remove the others.`,
    'mx-hosts': () => 'The term "mx" allows 10 hosts at most. Which hosts send? Name those by "a:" or "ip4:".',
    'scan-again': (about) =>
      about.length > 0
        ? `These names did not answer: ${list(about)}. Scan the domain again.`
        : 'Scan the domain again afterwards: only a scan shows whether this is enough.',
    'report-mailbox': ([mailbox = '']) => `Who reads the reports at ${mailbox}? Create it first, or name another one.`,
    'reports-clean': () => 'Do the reports show only forged mail failing? Take the next step only then.',
    'signatures-first': (about) =>
      `Put ${list(about)} in order before you raise the policy, or receivers also stop real mail.`,
    'dkim-values': ([name = '', ...hosts]) => `Switch DKIM on at ${name}. It shows the values for ${list(hosts)}.`,
    'dkim-service': (about) => `Which server or service sends the domain's mail${seen(about)}? It makes the keys.`,
    renewal: (about) => `Renew the domain${about.length > 0 ? ` at ${list(about)}` : ' at its registrar'}.`,
  },
}

const TR: FixTexts = {
  advice: {
    'spf.valid': {
      title: 'Geçerli bir SPF kaydı yayımlayın',
      text: 'Kayıt, alan adı için ileti gönderebilen sunucuları bildirir; alıcılar sahte iletileri ayırt eder.',
    },
    'dkim.found': {
      title: 'İletileri DKIM ile imzalayın',
      text: 'İmza, iletinin gerçek olduğunu ve yolda değişmediğini kanıtlar.',
    },
    'dmarc.reject': {
      title: 'DMARC politikasını p=reject yapın',
      text: 'Alıcılar, şirketin adıyla gönderilen sahte iletileri teslim etmek yerine reddeder.',
    },
    'registration.lasting': {
      title: 'Alan adını yenileyin',
      text: 'Kayıt süresi dolduğunda e-posta ve web sitesi durur.',
    },
  },
  questions: {
    'mail-service': (about) =>
      `Alan adının e-postasını hangi hizmet gönderiyor${seenInTurkish(about)}? Hangi "include" gerektiğini o hizmet bildirir.`,
    'other-senders': (about) =>
      `Alan adı için başka ne ileti gönderiyor${seenInTurkish(about)}: web sitesi, fatura, bülten? Her birini "~all" teriminden önce ekleyin.`,
    'senders-in-use': (about) =>
      `SPF en çok 10 sorguya izin verir. Şunların hangileri hâlâ ileti gönderiyor: ${list(about)}? Ötekileri çıkarın.`,
    'term-meant': (about) => `Şu terimler ne anlatmalı: ${list(about)}? Düzeltin ya da çıkarın.`,
    'include-faulty': (about) =>
      `Alan adının kaydına bağlı bir kayıt hatalı. Şunların hangileri hâlâ ileti gönderiyor: ${list(about)}? Ötekileri çıkarın.`,
    loop: (about) =>
      `Bir "include" kendine dönüyor. Şunların hangileri hâlâ ileti gönderiyor: ${list(about)}? Ötekileri çıkarın.`,
    'mx-hosts': () =>
      '"mx" terimi en çok 10 sunucuya izin verir. Hangi sunucular ileti gönderiyor? Onları "a:" ya da "ip4:" ile yazın.',
    'scan-again': (about) =>
      about.length > 0
        ? `Şu adlar yanıt vermedi: ${list(about)}. Alan adını yeniden tarayın.`
        : 'Sonra alan adını yeniden tarayın: yeterli olup olmadığını yalnızca tarama gösterir.',
    'report-mailbox': ([mailbox = '']) =>
      `${mailbox} adresine gelen raporları kim okuyor? Önce bu adresi açın ya da başka bir adres verin.`,
    'reports-clean': () => 'Raporlarda yalnızca sahte iletiler mi başarısız? Sonraki adımı ancak o zaman atın.',
    'signatures-first': (about) =>
      `Politikayı yükseltmeden önce şunları düzeltin: ${list(about)}. Yoksa alıcılar gerçek iletileri de durdurur.`,
    'dkim-values': ([name = '', ...hosts]) =>
      `DKIM imzasını şu hizmette açın: ${name}. Şu adların değerlerini hizmet gösterir: ${list(hosts)}.`,
    'dkim-service': (about) =>
      `Alan adının e-postasını hangi sunucu ya da hizmet gönderiyor${seenInTurkish(about)}? Anahtarları o üretir.`,
    renewal: (about) => `Alan adını yenileyin${about.length > 0 ? `: ${list(about)}` : ''}.`,
  },
}

export const FIX_TEXTS: Readonly<Record<SalesLanguage, FixTexts>> = { en: EN, tr: TR }
