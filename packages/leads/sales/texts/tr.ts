/**
 * The Turkish texts. Names and dates never take a suffix; the fixed word after them does ("Natro üzerinde", "3 Aralık
 * 2026 tarihinde").
 */
import type { MailTexts, SalesTexts } from '#leads/sales/texts/texts'

const MONTHS = [
  'Ocak',
  'Şubat',
  'Mart',
  'Nisan',
  'Mayıs',
  'Haziran',
  'Temmuz',
  'Ağustos',
  'Eylül',
  'Ekim',
  'Kasım',
  'Aralık',
]

const elsewhere = (kind: '' | 'barındırma ' | 'kamu '): MailTexts => ({
  clause: (name, sure) => `e-posta için ${name} ${kind}hizmetini ${sure ? 'kullanıyor' : 'kullanıyor gibi görünüyor'}`,
  say: (name, sure) => `E-postanız ${name} ${kind}hizmeti üzerinde ${sure ? 'çalışıyor' : 'çalışıyor gibi görünüyor'}.`,
  ask: (name) => `${name} üzerinde kaç posta kutunuz var ve bunların yıllık maliyeti nedir?`,
})

export const TR: SalesTexts = {
  list: (items) => (items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ve ${items.at(-1)}`),
  date: (isoDate) => {
    const [year, month, day] = isoDate.split('-').map(Number)
    return `${day} ${MONTHS[(month ?? 1) - 1]} ${year}`
  },
  mail: {
    'microsoft-365': {
      clause: (_name, sure) => `e-posta için Microsoft 365 ${sure ? 'kullanıyor' : 'kullanıyor gibi görünüyor'}`,
      say: (_name, sure) =>
        `Posta kutularınız Microsoft 365 üzerinde ${sure ? 'çalışıyor' : 'çalışıyor gibi görünüyor'}.`,
      ask: () => 'Hangi Microsoft 365 lisanslarını kullanıyorsunuz ve bunlar ne zaman yenileniyor?',
    },
    google: {
      clause: (name, sure) => `e-posta için ${name} ${sure ? 'kullanıyor' : 'kullanıyor gibi görünüyor'}`,
      say: (name, sure) => `E-postanız ${name} üzerinde ${sure ? 'çalışıyor' : 'çalışıyor gibi görünüyor'}.`,
      ask: (name) => `Şirketinizde kaç kişi ${name} kullanıyor ve sözleşmeniz ne zaman yenileniyor?`,
    },
    mailbox: elsewhere(''),
    hosting: elsewhere('barındırma '),
    'own-server': {
      clause: (_name, sure) =>
        `e-posta için kendi adını taşıyan bir sunucu ${sure ? 'kullanıyor' : 'kullanıyor gibi görünüyor'}`,
      say: (_name, sure) =>
        `E-postanız kendi adınızı taşıyan bir sunucuda ${sure ? 'çalışıyor' : 'çalışıyor gibi görünüyor'}.`,
      ask: () => 'Posta sunucunuzun bakımını kim yapıyor ve sunucu en son ne zaman yenilendi?',
    },
    consumer: {
      clause: (name) => `e-posta için bireysel kullanıma yönelik ${name} hizmetini kullanıyor`,
      say: (name) => `E-postanız bireysel kullanıma yönelik ${name} hizmetinde tutuluyor.`,
      ask: (name) => `Şirket içinde ${name} hesabını bugün nasıl paylaşıyorsunuz?`,
    },
    'public-sector': elsewhere('kamu '),
    none: {
      clause: () => 'e-posta almıyor',
      say: () => 'Alan adınız e-posta almıyor.',
      ask: () => 'E-posta için başka hangi alan adını kullanıyorsunuz?',
    },
    unknown: {
      clause: () => 'e-postasının nerede tutulduğunu göstermiyor',
      say: () => 'E-postanızın nerede tutulduğunu dışarıdan göremedik.',
      ask: () => 'Posta kutularınız bugün nerede ve bakımını kim yapıyor?',
    },
  },
  gateway: {
    filter: (name) => `Gelen iletiler önce ${name} filtresinden geçiyor.`,
    forwarder: (name) => `Gelen iletiler ${name} aracılığıyla başka bir adrese yönlendiriliyor.`,
  },
  findings: {
    'domain-expired': {
      clause: (date) => `kaydını ${date} tarihine kadar yenilememiş`,
      say: (date) => `Alan adınızın kayıt süresi ${date} tarihinde dolmuş; e-posta ve web siteniz her an durabilir.`,
      ask: 'Alan adınızın yenilenmesiyle kim ilgileniyor?',
    },
    'domain-expiring': {
      clause: (date) => `kaydını en geç ${date} tarihinde yenilemek zorunda`,
      say: (date) => `Alan adınızın kayıt süresi ${date} tarihinde doluyor; yenilenmezse e-posta ve web siteniz durur.`,
      ask: 'Alan adınızın yenilenmesiyle kim ilgileniyor?',
    },
    'spf-absent': {
      clause: () => 'SPF kaydı yayımlamıyor',
      say: () => 'SPF kaydınız yok; alıcılar sizin sunucularınızı yabancı sunuculardan ayırt edemiyor.',
      ask: 'Fatura ya da bülten gibi hangi hizmetler sizin adınıza e-posta gönderiyor?',
    },
    'spf-broken': {
      clause: () => 'hatalı bir SPF kaydı yayımlıyor',
      say: () => 'SPF kaydınızda hata var; alıcılar bu kaydı kullanamayabilir.',
      ask: 'Fatura ya da bülten gibi hangi hizmetler sizin adınıza e-posta gönderiyor?',
    },
    'dmarc-absent': {
      clause: () => 'DMARC kaydı yayımlamıyor',
      say: () => 'DMARC kaydınız yok; adınıza gönderilen sahte iletilere ne yapılacağı alıcılara bildirilmiyor.',
      ask: 'Müşterileriniz hiç sizin adınıza gönderilmiş sahte bir ileti aldı mı?',
    },
    'dmarc-unusable': {
      clause: () => 'uygulanamayan bir DMARC kaydı yayımlıyor',
      say: () => 'DMARC kaydınız var, ancak yazıldığı hâliyle alıcılar tarafından uygulanamıyor.',
      ask: 'DMARC kaydınızı kim hazırladı ve raporlarını okuyan var mı?',
    },
    'dmarc-none': {
      clause: () => 'DMARC politikasını yalnızca izleme modunda tutuyor',
      say: () =>
        'DMARC politikanız yalnızca izleme modunda; adınıza gönderilen sahte iletiler yine de teslim ediliyor.',
      ask: 'DMARC raporlarını okuyan var mı ve daha sıkı bir politikaya geçmenizi ne engelliyor?',
    },
    'dkim-absent': {
      clause: () => 'DKIM anahtarı yayımlamıyor',
      say: () => 'DKIM anahtarınız yayımlanmamış; iletilerinizin gerçekten sizden geldiği doğrulanamıyor.',
      ask: 'İletileriniz bazen müşterilerinizin istenmeyen posta klasörüne düşüyor mu?',
    },
  },
  strengths: { 'spf-valid': 'SPF', 'dkim-found': 'DKIM', 'dmarc-enforced': 'DMARC' },
  unchecked: {
    mail: 'e-postanın nerede tutulduğu',
    spf: 'SPF',
    dkim: 'DKIM',
    dmarc: 'DMARC',
    registration: 'alan adının bitiş tarihi',
  },
  outlooks: {
    strong: {
      verdict: 'Microsoft 365 geçişi için güçlü bir aday',
      offer:
        'Sizin gibi şirketleri Microsoft 365 Business Premium lisansına geçiriyoruz: posta kutuları, ofis programları ve koruma tek lisansta; eski e-postalarınızı da biz taşıyoruz.',
      close: 'Geçişi birlikte planlamak için bu hafta yarım saat ayırabilir miyiz?',
      ask: 'Bu yıl e-posta sağlayıcınızı değiştirmeniz için neyin gerçekleşmesi gerekir?',
      reason: 'posta kutusu, ofis programı ve korumaya birlikte ihtiyaç duyan güçlü bir geçiş adayı',
    },
    migration: {
      verdict: 'Microsoft 365 geçişi için bir aday',
      offer:
        'Sizi Microsoft 365 Business Standard lisansına geçirebiliriz: posta kutuları ve ofis programları tek lisansta; eski e-postalarınızı da biz taşırız.',
      close: 'Geçişin neler gerektirdiğini konuşmak için gelecek hafta kısa bir görüşme uygun olur mu?',
      ask: 'Bugünkü e-postanızda sizi en çok ne rahatsız ediyor?',
      reason: 'posta kutuları ve ofis programlarıyla başlanabilecek bir geçiş adayı',
    },
    'tenant-only': {
      verdict: 'posta kutularını taşıyabileceği bir Microsoft 365 kurum hesabına sahip',
      offer:
        'Bir Microsoft 365 kurum hesabınız zaten var, posta kutularınız ise başka bir yerde. Onları bu hesaba taşıyabiliriz; böylece iki ayrı hizmet yerine tek hizmete ödeme yaparsınız.',
      close: 'Kurum hesabınızın şu anda neleri kapsadığına birlikte bakalım mı?',
      ask: 'Microsoft 365 kurum hesabınızı bugün ne için kullanıyorsunuz?',
      reason: 'kurum hesabı zaten var ve posta kutuları oraya taşınabilir',
    },
    existing: {
      verdict: 'geçişten çok lisans ve güvenlik hizmetleri için uygun',
      offer: 'Zaten Microsoft 365 kullanıyorsunuz; güvenlik ayarlarınıza ve lisanslarınıza birlikte bakmak isteriz.',
      close: 'Ayarlarınızı kısaca gözden geçirmek için bir tarih belirleyelim mi?',
      ask: 'Microsoft 365 ayarlarınız ve lisanslarınızla kim ilgileniyor?',
      reason: 'zaten Microsoft 365 kullanıyor; önerilecek bir geçiş yok',
    },
    cold: {
      verdict: 'geçiş için henüz hazır görünmüyor',
      offer: 'Microsoft 365 Business Basic ile küçük bir başlangıç yapılabilir: önce posta kutuları, gerisi sonra.',
      close: 'Size bir sayfalık bir özet gönderip birkaç ay sonra yeniden arayabilir miyim?',
      ask: 'E-posta ve bütçesiyle ilgili bir sonraki kararınızı ne zaman vereceksiniz?',
      reason: 'geçişe işaret eden bulgular şimdilik az; küçük bir başlangıç daha uygun',
    },
    unclear: {
      verdict: 'tekliften önce daha yakından incelenmeli',
      offer: 'Bir öneride bulunmadan önce e-postanızın nasıl kurulduğunu anlamak isteriz.',
      close: 'Beni e-postanızla ilgilenen kişiye bağlayabilir misiniz?',
      ask: 'Çalışanlarınız e-postalarını hangi programlarla okuyor?',
      reason: 'e-postanın nerede tutulduğu bilinmiyor; teklif yerine önce inceleme gerekiyor',
    },
    weak: {
      verdict: 'aramak için yeterli neden sunmuyor',
      offer: 'Microsoft 365 geçişine işaret eden bulgular çok az',
      close: 'Alan adını birkaç ay sonra yeniden tarayın; bir değişiklik puanını yükseltebilir.',
      ask: 'Şirketinizin e-posta kullanımında bir değişiklik oldu mu?',
      reason: 'puan bir teklif için çok düşük',
    },
    consumer: {
      verdict: 'kurumsal bir teklif için uygun değil',
      offer: 'posta kutuları bireysel kullanım için',
      close: 'Kendi adlarıyla e-posta isterlerse Microsoft 365 Business Basic önerin.',
      ask: 'Kendi alan adınızla e-posta adresleri işinize yarar mı?',
      reason: 'posta kutuları bireysel; kurumsal bir teklif uygun değil',
    },
    'public-sector': {
      verdict: 'alımlarını ihaleyle yapan bir kamu kurumu',
      offer: 'alımlarını ihaleyle yapan bir kamu kurumu',
      close: 'Aramak yerine bu kurumun ihalelerini izleyin.',
      ask: 'E-posta hizmetlerini hangi ihale ya da çerçeve sözleşmeyle alıyorsunuz?',
      reason: 'kamu kurumları alımlarını telefonla değil, ihaleyle yapar',
    },
    'mail-provider': {
      verdict: 'tek bir şirkete değil, bir e-posta sağlayıcısına ait',
      offer: 'alan adı bir e-posta sağlayıcısına, posta kutuları ise onun müşterilerine ait',
      close: 'Görüştüğünüz kişiden kendi şirketinin web sitesini öğrenin ve o alan adını tarayın.',
      ask: 'Şirketinizin kendine ait bir alan adı var mı?',
      reason: 'bir e-posta sağlayıcısının kendi alan adı; kurumsal bir teklif uygun değil',
    },
    'no-mail': {
      verdict: 'taşınacak bir posta kutusuna sahip değil',
      offer: 'alan adı e-posta almıyor, bu yüzden taşınacak posta kutusu yok',
      close: 'Aynı şirketin başka bir alan adını bulun ve onu tarayın.',
      ask: 'Bu alan adını e-posta için kullanmayı düşünüyor musunuz?',
      reason: 'e-posta yok; sunulacak bir şey de yok',
    },
  },
  tiers: {
    premium: 'Geçişle birlikte Microsoft 365 Business Premium',
    standard: 'Geçişle birlikte Microsoft 365 Business Standard',
    starter: 'Microsoft 365 Business Basic',
    security: 'Microsoft 365 için e-posta güvenliği',
    review: 'Lisans ve ayarların gözden geçirilmesi',
    assessment: 'E-posta altyapısının incelenmesi',
    none: 'Teklif yok',
  },
  potential: {
    outlook: 'bu tür bir adayın temel değeri',
    'hosted-mail': 'barındırma sağlayıcısındaki posta kutuları',
    'own-server': 'bakım isteyen bir posta sunucusu',
    'other-mailbox': 'ofis programı olmayan posta kutuları',
    protection: 'birlikte satılabilecek koruma hizmetleri',
    'has-filter': 'şirketin zaten ücretini ödediği bir e-posta filtresi',
  },
  urgency: {
    'no-call': 'arama planlanmıyor',
    'domain-ends': 'alan adının kayıt süresi dolmak üzere ya da dolmuş',
    forgeable: 'SPF de DMARC da zayıf; herkes şirketin adıyla ileti gönderebilir',
    candidate: 'rakiplerden önce aranması gereken bir geçiş adayı',
    weakness: 'düzeltilmesi gereken bir nokta var',
    'no-pressure': 'acele gerektiren bir şey yok',
  },
  oneLiner: ({ domain, clauses, score, provisional }) =>
    `${domain} ${TR.list(clauses)} (100 üzerinden ${score} puan${provisional ? ', henüz kesin değil' : ''}).`,
  opening: (domain) =>
    `Merhaba, ${domain} alan adının e-postası için arıyorum. Alan adınızın herkese açık kayıtlarını inceledik; gördüklerimizi iki dakikada paylaşmak isterim.`,
  noCall: (domain, why) => `${domain} için arama planlanmıyor: ${why}.`,
  praise: (strengths) => `Gördüğümüz kayıtlar doğru yapılandırılmış: ${strengths}.`,
  notChecked: (what) =>
    `Bugün dışarıdan kontrol edilemeyen noktalar var: ${what}. Bunlara sizinle birlikte bakmak isterim.`,
  decider: 'Şirketinizde e-posta ve ofis yazılımlarına kim karar veriyor?',
}
