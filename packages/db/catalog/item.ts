/** What a database consists of, one item for each thing that has a definition of its own. */

/** Kinds in the order in which they can be created; they are dropped in reverse. */
export const KINDS = [
  'schema',
  'extension',
  'type',
  'sequence',
  'table',
  'column',
  'function',
  'constraint',
  'index',
  'statistics',
  'foreign key',
  'view',
  'trigger',
  'policy',
  'rule',
  'grant',
] as const
export type Kind = (typeof KINDS)[number]

export interface CatalogItem {
  kind: Kind
  /** Name with its schema: `public.companies`, `public.companies.domain`, `public.companies_domain_start`. */
  name: string
  /** The table that it belongs to and disappears with, where it does. */
  table?: string
  /** Columns that a constraint or index is about. */
  columns?: string[]
  /** What makes it what it is, in the server's own words; equal facts are the same thing. */
  facts: Record<string, string>
  create: string
  drop: string
}

export type Catalog = CatalogItem[]

export function identifyItem({ kind, name }: Pick<CatalogItem, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}
