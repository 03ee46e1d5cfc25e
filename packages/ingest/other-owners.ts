/** Services whose pages stand where a list asks for a company's website. General knowledge, not checked one by one. Pure. */
import { isMailProvider } from '#signals/mail/mail-domains'
import { type Domain, getPublicSuffix } from '#signals/normalise'

/** Everybody's pages and chats. */
const SOCIAL = listNames(`
  fb.com fb.me fb.watch m.me instagr.am ig.me x.com lnkd.in youtu.be threads.com threads.net snapchat.com tumblr.com vk.com ok.ru
  vimeo.com dailymotion.com medium.com reddit.com discord.gg discord.com discordapp.com twitch.tv behance.net dribbble.com
  foursquare.com swarmapp.com pin.it bsky.app mastodon.social weibo.com wechat.com xing.com quora.com nextdoor.com
  clubhouse.com about.me line.me signal.me wa.me whatsapp.com t.me telegram.me telegram.org eksisozluk.com`)
/** These register their name under many endings. */
const SOCIAL_NAMES = listNames('facebook instagram linkedin twitter youtube tiktok pinterest')

const SHORTENERS = listNames(`
  linktr.ee tr.ee linktree.com bit.ly bitly.com t.co goo.gl g.co g.page tinyurl.com tiny.cc tiny.one ow.ly is.gd v.gd cutt.ly
  rebrand.ly rb.gy shorturl.at shorturl.com buff.ly bio.link bio.site lnk.bio lnk.to link.me beacons.ai taplink.cc taplink.ws
  taplink.at taplink.me campsite.bio msha.ke milkshake.app flow.page linkin.bio solo.to heylink.me linkfly.to allmylinks.com
  many.link hoo.be s.id t.ly shorte.st adf.ly bl.ink page.link onelink.me wa.link walink.co forms.gle mailchi.mp qrco.de
  me-qr.com shor.by snip.ly trib.al dlvr.it ift.tt amzn.to spoti.fi wp.me goo.su clck.ru vk.cc u.to smarturl.it ffm.to`)

/**
 * Companies of their own, which also hold other companies' pages: marketplaces, directories, booking and job sites, site
 * builders, shops of apps and files. Only a page there, by its path or its own host, names no company.
 */
const LANDLORDS = listNames(`
  sahibinden.com hepsiburada.com trendyol.com n11.com gittigidiyor.com pazarama.com ciceksepeti.com pttavm.com letgo.com
  dolap.com shopier.com arabam.com emlakjet.com hepsiemlak.com zingat.com armut.com yemeksepeti.com getir.com
  etsy.com alibaba.com aliexpress.com made-in-china.com temu.com walmart.com tradekey.com
  booking.com airbnb.com expedia.com hotels.com trivago.com etstur.com jollytur.com tatilsepeti.com otelz.com
  yelp.com europages.com kompass.com crunchbase.com glassdoor.com indeed.com kariyer.net yenibiris.com secretcv.com
  eleman.net sikayetvar.com trustpilot.com zoominfo.com wikipedia.org wikidata.org bulurum.com firmasec.com
  apple.com spotify.com soundcloud.com github.com gitlab.com skype.com viber.com slack.com
  wordpress.com wix.com business.site weebly.com jimdo.com webnode.com site123.me blogger.com squarespace.com
  ticimax.com ticimax.net ideasoft.com.tr myideasoft.com
  dropbox.com issuu.com scribd.com slideshare.net canva.com wetransfer.com`)
const LANDLORD_NAMES = listNames('amazon ebay tripadvisor europages')

const NO_COMPANY = 'not a company:'

/** Names the service that a domain belongs to when it is no company of a list. `text` is what the list says, such as a URL. */
export function explainOtherOwner(domain: Domain, text: string): string | undefined {
  const name = domain.slice(0, -getPublicSuffix(domain).length - 1)
  if (SOCIAL.has(domain) || SOCIAL_NAMES.has(name)) return `${NO_COMPANY} ${domain} is a social network`
  if (SHORTENERS.has(domain)) return `${NO_COMPANY} ${domain} is a link shortener`
  if (isMailProvider(domain)) return `${NO_COMPANY} ${domain} is a mail provider`
  const isLandlord = LANDLORDS.has(domain) || LANDLORD_NAMES.has(name)
  return isLandlord && namesPage(domain, text) ? `${NO_COMPANY} it is a page at ${domain}` : undefined
}

export function isOtherOwner(reason: string): boolean {
  return reason.startsWith(NO_COMPANY)
}

/** True for a path or a host of its own; `www.` and an e-mail address name the domain itself. */
function namesPage(domain: Domain, text: string): boolean {
  const rest = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
  const [, host = '', path = ''] = /^([^/?#]*)(.*)$/s.exec(rest) ?? []
  if (host.includes('@')) return false
  return /[^/?#]/.test(path) || host.replace(/(?::\d+|\.)$/, '').replace(/^www\./, '') !== domain
}

function listNames(text: string): Set<string> {
  return new Set(text.trim().split(/\s+/))
}
