import type { AnchorHTMLAttributes, TargetedMouseEvent } from 'preact'
import { go, toHref } from '#web/frame/address'

type LinkProps = Omit<AnchorHTMLAttributes, 'href' | 'role' | 'onClick'> & { to: string }

/** A link inside the page. The browser keeps its own ways: a new tab, a copied address. */
export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: TargetedMouseEvent<HTMLAnchorElement>) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    go(to)
  }
  return (
    <a {...rest} href={toHref(to)} onClick={follow}>
      {children}
    </a>
  )
}
