/**
 * Domains where the public has mailboxes, and the providers' own: their signals say nothing about one company. The data
 * are general knowledge, not checked one by one; the registrable domains of the fingerprints' MX hosts count as well.
 */
import { FINGERPRINTS } from '#signals/provider/fingerprints'
import { type Domain, findRegistrableDomain } from '#signals/normalise'

/** Names that a provider registers under many endings: `yahoo.co.uk`, `hotmail.com.tr`, `gmx.at`. */
const NAMES = ['gmx', 'googlemail', 'hotmail', 'windowslive', 'yahoo', 'yandex', 'ymail']

const PROVIDERS = `
  google.com gmail.com
  microsoft.com outlook.com live.com msn.com passport.com
  outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.th outlook.com.ar outlook.com.au outlook.com.br
  outlook.com.gr outlook.com.pe outlook.com.tr outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr
  outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa
  outlook.sg outlook.sk
  live.at live.be live.ca live.cl live.cn live.co.uk live.co.za live.com.ar live.com.au live.com.mx live.com.pt live.de
  live.dk live.fi live.fr live.ie live.in live.it live.jp live.nl live.no live.ru live.se
  rocketmail.com aol.com aim.com verizon.net
  icloud.com me.com mac.com
  ya.ru mail.ru bk.ru inbox.ru list.ru internet.ru xmail.ru rambler.ru lenta.ru ro.ru autorambler.ru myrambler.ru
  proton.me protonmail.com pm.me tuta.com tuta.io tutanota.com tutanota.de tutamail.com keemail.me
  zoho.com zoho.eu zoho.in zohomail.com zohomail.eu fastmail.com fastmail.fm sent.com hey.com hushmail.com mailbox.org
  posteo.de posteo.net runbox.com startmail.com disroot.org riseup.net mailfence.com
  qq.com foxmail.com 163.com 126.com yeah.net 188.com sina.com sina.cn sohu.com 139.com 189.cn 21cn.com aliyun.com tom.com
  naver.com daum.net hanmail.net nate.com kakao.com rediffmail.com
  mail.com email.com usa.com post.com inbox.com lycos.com excite.com
  web.de t-online.de freenet.de arcor.de magenta.de bluewin.ch aon.at chello.at
  laposte.net orange.fr wanadoo.fr free.fr sfr.fr neuf.fr bbox.fr
  libero.it virgilio.it tiscali.it alice.it tin.it tim.it telefonica.net terra.es
  seznam.cz email.cz centrum.cz centrum.sk azet.sk zoznam.sk wp.pl o2.pl onet.pl onet.eu interia.pl interia.eu gazeta.pl op.pl
  abv.bg mail.bg dir.bg ukr.net i.ua meta.ua freemail.hu citromail.hu otenet.gr
  bol.com.br uol.com.br terra.com.br ig.com.br sapo.pt
  comcast.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net
  btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com bigpond.com optusnet.com.au xtra.co.nz shaw.ca rogers.com
  telia.com bredband.net online.no telenet.be skynet.be ziggo.nl kpnmail.nl home.nl planet.nl
  mynet.com superonline.com ttmail.com ttnet.net.tr yaani.com e-kolay.net turk.net
  walla.co.il
  godaddy.com rackspace.com titan.email migadu.com ovh.com ovhcloud.com ionos.com hostinger.com namecheap.com gandi.net
  infomaniak.com natro.com turhost.com isimtescil.net turkticaret.net veridyen.com vargonen.com
`

const OWN = new Set([
  ...PROVIDERS.split(/\s+/).filter(Boolean),
  ...FINGERPRINTS.filter(({ role }) => role === 'mailbox').flatMap(({ mx }) =>
    mx.map((host) => findRegistrableDomain(host)),
  ),
])

/** True for a mail provider's own domain and for domains where the public has mailboxes. */
export function isMailProvider(domain: Domain): boolean {
  return OWN.has(domain) || NAMES.includes(domain.slice(0, domain.indexOf('.')))
}
