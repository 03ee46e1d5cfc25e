import type { ChannelLanguage, OpenChannel } from '#alerts/message'

export interface Footer {
  text: string
  /** null: the installation has no address where a reader could unsubscribe. */
  unsubscribe: { text: string; url: string } | null
}

const SENT_BY: Record<ChannelLanguage, (name: string) => string> = {
  en: (name) => `Sent by Hunter to the channel "${name}". An administrator can switch it off.`,
  tr: (name) => `Hunter gönderdi, kanal: "${name}". Bir yönetici bu kanalı kapatabilir.`,
}
const UNSUBSCRIBE: Record<ChannelLanguage, string> = { en: 'Unsubscribe', tr: 'Abonelikten çık' }

/** Ends a mail: who sent it, and how to get no more. */
export function writeFooter({ name, language }: Pick<OpenChannel, 'name' | 'language'>, url?: string): Footer {
  return {
    text: SENT_BY[language](name),
    unsubscribe: url === undefined ? null : { text: UNSUBSCRIBE[language], url },
  }
}

/** The end of a plain text: mail programs know by the first line that a signature follows. */
export function formatFooter({ text, unsubscribe }: Footer): string {
  return ['-- ', text, ...(unsubscribe ? [`${unsubscribe.text}: ${unsubscribe.url}`] : [])].join('\n')
}
