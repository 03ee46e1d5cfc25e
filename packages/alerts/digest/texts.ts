/** The words of a digest in each language; an entry that is missing does not compile. */
import type { MoveKind } from '#alerts/digest/facts'
import type { ChannelLanguage } from '#alerts/message'

interface DigestTexts {
  /** Formats dates and numbers. */
  locale: string
  title: string
  /** Short forms for the subject. `isOne`: English has a singular then. */
  counts: Record<'moves' | 'migration' | 'expiring' | 'alerts' | 'channels', (count: string, isOne: boolean) => string>
  /** The subject when there is nothing but the backups. */
  backupOnly: string
  quiet: string
  headings: Record<'moves' | 'migration' | 'expiring' | 'channels', string>
  alerts: (title: string) => string
  moves: Record<MoveKind, string>
  /** Verdicts that are no provider. */
  mailboxes: Record<string, string>
  lead: (fields: { mailbox: string; priority: number; score: number }) => string
  expires: (date: string) => string
  none: string
  states: Record<'failing' | 'disabled', string>
  more: (count: string) => string
  backup: {
    proven: (id: string, age: string) => string
    'too-old': (id: string, age: string) => string
    missing: string
    unreadable: string
  }
}

const en: DigestTexts = {
  locale: 'en-GB',
  title: 'Hunter daily digest',
  counts: {
    moves: (count) => `${count} moved`,
    migration: (count, isOne) => `${count} new Migration ${isOne ? 'lead' : 'leads'}`,
    expiring: (count) => `${count} expiring`,
    alerts: (count, isOne) => `${count} ${isOne ? 'alert' : 'alerts'}`,
    channels: (count, isOne) => `${count} failed ${isOne ? 'channel' : 'channels'}`,
  },
  backupOnly: 'check the backups',
  quiet: 'Nothing happened that this channel wants to know.',
  headings: {
    moves: 'Moved',
    migration: 'New Migration leads',
    expiring: 'Domains that expire soon',
    channels: 'Alert channels that fail',
  },
  alerts: (title) => `Alert: ${title}`,
  moves: {
    'mailbox-moved': 'mailboxes moved',
    'gateway-added': 'gateway added',
    'gateway-removed': 'gateway removed',
    'gateway-replaced': 'gateway replaced',
    'half-moved': 'half-moved',
  },
  mailboxes: { 'own-server': 'own server', none: 'no mail', unknown: 'unknown provider' },
  lead: ({ mailbox, priority, score }) => `${mailbox}, priority ${priority}, score ${score}`,
  expires: (date) => `expires on ${date}`,
  none: 'none',
  states: { failing: 'failing', disabled: 'disabled' },
  more: (count) => `and ${count} more`,
  backup: {
    proven: (id, age) => `The newest proven backup is ${age} old (${id}).`,
    'too-old': (id, age) =>
      `Warning: the newest proven backup is ${age} old (${id}). Find out why no newer one is proven.`,
    missing: 'Warning: there is no proven backup. If the database is lost now, its data is lost.',
    unreadable: 'Warning: Hunter could not read the backups, so this digest does not know how old they are.',
  },
}

const tr: DigestTexts = {
  locale: 'tr-TR',
  title: 'Hunter günlük özeti',
  counts: {
    moves: (count) => `${count} taşınma`,
    migration: (count) => `${count} yeni Migration adayı`,
    expiring: (count) => `${count} alan adının süresi doluyor`,
    alerts: (count) => `${count} uyarı`,
    channels: (count) => `${count} kanal çalışmıyor`,
  },
  backupOnly: 'yedekleri kontrol edin',
  quiet: 'Bu kanalı ilgilendiren bir gelişme olmadı.',
  headings: {
    moves: 'Taşınanlar',
    migration: 'Yeni Migration adayları',
    expiring: 'Süresi dolmak üzere olan alan adları',
    channels: 'Çalışmayan uyarı kanalları',
  },
  alerts: (title) => `Uyarı: ${title}`,
  moves: {
    'mailbox-moved': 'posta kutuları taşındı',
    'gateway-added': 'ağ geçidi eklendi',
    'gateway-removed': 'ağ geçidi kaldırıldı',
    'gateway-replaced': 'ağ geçidi değişti',
    'half-moved': 'yarım taşınma',
  },
  mailboxes: { 'own-server': 'kendi sunucusu', none: 'e-posta yok', unknown: 'bilinmeyen sağlayıcı' },
  lead: ({ mailbox, priority, score }) => `${mailbox}, öncelik ${priority}, puan ${score}`,
  expires: (date) => `${date} tarihinde doluyor`,
  none: 'yok',
  states: { failing: 'hata veriyor', disabled: 'kapatıldı' },
  more: (count) => `ve ${count} tane daha`,
  backup: {
    proven: (id, age) => `Kanıtlanmış en yeni yedek ${age} önce alındı (${id}).`,
    'too-old': (id, age) =>
      `Dikkat: kanıtlanmış en yeni yedek ${age} önce alındı (${id}). Neden daha yenisi kanıtlanmadı, araştırın.`,
    missing: 'Dikkat: kanıtlanmış yedek yok. Veritabanı şimdi kaybolursa veriler de kaybolur.',
    unreadable: 'Dikkat: Hunter yedekleri okuyamadı; bu özet onların ne kadar eski olduğunu bilmiyor.',
  },
}

export const DIGEST_TEXTS: Record<ChannelLanguage, DigestTexts> = { en, tr }
