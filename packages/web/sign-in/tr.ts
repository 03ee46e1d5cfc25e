import type { en } from '#web/sign-in/en'

export const tr: typeof en = {
  title: 'Oturum aç',
  lead: 'Bir API anahtarı yapıştırın. Anahtar bir kez oturumla değiştirilir; tarayıcı onu saklamaz.',
  expired: 'Oturumunuz sona erdi. Sürdürmek için oturum açın: yazdıklarınız duruyor.',
  key: 'API anahtarı',
  hint: 'hk_ ile başlar ve yalnızca oluşturulurken bir kez gösterilir.',
  wrong: 'Bu bir Hunter anahtarı değil. Anahtar hk_ ile başlar.',
  refused: 'Hunter bu anahtarı kabul etmiyor. Yanlış yazılmış ya da iptal edilmiş olabilir.',
  submit: 'Oturum aç',
  submitting: 'Oturum açılıyor',
  noKey: 'Anahtarınız yok mu?',
  noKeyText: 'npx hunter keys create bir anahtar yazdırır.',
  promise: 'Bir şirket hangi e-postayı, ne kadar iyi kullanıyor ve ne kadar iyi bir aday: her sözün kanıtıyla.',
}
