import { tr as leads } from '#web/leads/tr'
import type { en } from '#web/texts/en'

export const tr: typeof en = {
  views: {
    leads: 'Adaylar',
    dashboard: 'Özet',
    backups: 'Yedekler',
    operations: 'İşletim',
    reference: 'API belgesi',
  },
  navigation: 'Görünümler',
  skip: 'İçeriğe geç',
  language: 'Dil',
  scheme: 'Renkler',
  schemes: { system: 'Otomatik', light: 'Açık', dark: 'Koyu' },
  close: 'Kapat',
  cancel: 'Vazgeç',
  retry: 'Yeniden dene',
  copy: 'Kopyala',
  copied: 'Kopyalandı',
  notCopied: 'Tarayıcı kopyalamaya izin vermedi. Metni seçip kendiniz kopyalayın.',
  loading: 'Yükleniyor',
  failed: 'Olmadı',
  requestId: 'İstek',
  retryAfter: (duration) => `${duration} sonra yeniden deneyin.`,
  score: (value, min, max) =>
    min === max
      ? `Puan: 100 üzerinden ${value}`
      : `Puan: 100 üzerinden ${value}; eksik yanıtlarla ${min} ile ${max} arası`,
  failures: {
    UNREACHABLE: {
      title: 'Hunter yanıt vermiyor',
      text: 'Ağa ya da hizmete ulaşılamıyor. Gördükleriniz eski olabilir; yazdıklarınız kaybolmadı.',
    },
    RATE_LIMITED: {
      title: 'Çok fazla istek',
      text: 'Anahtarınız bu dakikanın isteklerini kullandı.',
    },
    SCOPE_MISSING: {
      title: 'Anahtarınızın buna yetkisi yok',
      text: 'Bir yönetici yetki verebilir; ya da başka bir anahtarla oturum açın.',
    },
    INTERNAL: {
      title: 'Hunter bir hata yaptı',
      text: 'İşletenler, istek numarasıyla ne olduğunu bulur.',
    },
  },
  help: {
    title: 'Tuşlar',
    open: 'Tuşlar',
    show: 'Tuşları göster',
    goTo: (view) => `Git: ${view}`,
  },
  lost: {
    title: 'Böyle bir sayfa yok',
    text: 'Adres yanlış ya da sayfa taşınmış.',
    next: 'Adaylara git',
  },
  signOut: 'Oturumu kapat',
  settings: 'Ayarlar',
  leads,
}
