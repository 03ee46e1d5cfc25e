import type { ComponentChildren } from 'preact'
import '#web/frame/table.css'

interface Heading {
  name: string
  isNumber?: boolean
  /** Not on a phone; the cells below it have the class `wide-only`. */
  isWide?: boolean
  /** Read aloud, but not shown: it stands above buttons. */
  isHidden?: boolean
}

interface TableProps {
  headings: readonly (string | Heading)[]
  caption?: string
  class?: string
  /** Names the place that Back restores. */
  scroll?: string
  children: ComponentChildren
}

/** A table of rows below one heading for each column. It scrolls by itself where the page is too narrow. */
export function Table({ headings, caption, class: own = '', scroll, children }: TableProps) {
  return (
    <div class="table-scroll" data-scroll={scroll}>
      <table class={`table ${own}`}>
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>
            {headings
              .map((heading) => (typeof heading === 'string' ? { name: heading } : heading))
              .map(({ name, isNumber, isWide, isHidden }: Heading) => (
                <th key={name} scope="col" data-kind={isNumber && 'number'} class={isWide ? 'wide-only' : undefined}>
                  {isHidden ? <span class="visually-hidden">{name}</span> : name}
                </th>
              ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
