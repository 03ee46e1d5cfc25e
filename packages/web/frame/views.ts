/** The table of views: a first part of the path, and what loads it. A view is a default export that takes no props. */
import type { ComponentType } from 'preact'

interface View {
  path: RegExp
  load: () => Promise<{ default: ComponentType }>
}

const VIEWS: readonly View[] = [
  { path: /^\/leads$/, load: () => import('#web/leads/leads.tsx') },
  { path: /^\/operations$/, load: () => import('#web/operations/operations.tsx') },
  { path: /^\/leads\/[^/]+$/, load: () => import('#web/lead/lead.tsx') },
  { path: /^\/dashboard$/, load: () => import('#web/dashboard/dashboard.tsx') },
  { path: /^\/backups$/, load: () => import('#web/backups/backups.tsx') },
]

/** The links of the navigation, in order; the key after `g` leads there. */
export const LINKS = [
  { name: 'leads', to: '/leads', key: 'l' },
  { name: 'dashboard', to: '/dashboard', key: 'd' },
  { name: 'backups', to: '/backups', key: 'b' },
  { name: 'operations', to: '/operations', key: 'o' },
] as const

export function findView(path: string): View | undefined {
  return VIEWS.find((view) => view.path.test(path))
}
