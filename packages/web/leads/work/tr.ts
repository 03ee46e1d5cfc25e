import type { en } from '#web/leads/work/en'

export const tr: typeof en = {
  starting: 'Başlıyor',
  scanned: (done, all) => `${all} alan adından ${done} tarandı`,
  rowsRead: (rows, all) => `${all} satırdan ${rows} okundu`,
  imported: (created, duplicates, refused) =>
    `${created} yeni şirket, ${duplicates} yinelenen, ${refused} reddedilen satır`,
  showImport: 'Bu adayları göster',
  failedCount: (count) => `${count} başarısız`,
  failedTitle: 'Taranamayan alan adları',
  retryFailed: 'Yeniden tara',
  dismiss: 'Kapat',
  hide: 'Gizle; iş sürer',
}
