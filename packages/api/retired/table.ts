import type { RouteTable } from '#api/http/route'

/** Notes, tags and favourites live in the CRM now. The third read is `favorite` of the list of leads. */
export const retiredTable = {
  createNote: { route: 'post /api/v1/leads/:domain/notes', scopes: ['write'], takes: 'anything' },
  updateNote: { route: 'put /api/v1/leads/:domain/notes/:note', scopes: ['write'], takes: 'anything' },
  deleteNote: { route: 'delete /api/v1/leads/:domain/notes/:note', scopes: ['write'], takes: 'anything' },
  listNotes: { route: 'get /api/v1/leads/:domain/notes', scopes: ['read'], takes: 'anything' },
  addTag: { route: 'post /api/v1/leads/:domain/tags', scopes: ['write'], takes: 'anything' },
  removeTag: { route: 'delete /api/v1/leads/:domain/tags/:tag', scopes: ['write'], takes: 'anything' },
  listTags: { route: 'get /api/v1/leads/:domain/tags', scopes: ['read'], takes: 'anything' },
  addFavorite: { route: 'post /api/v1/leads/:domain/favorite', scopes: ['write'], takes: 'anything' },
  removeFavorite: { route: 'delete /api/v1/leads/:domain/favorite', scopes: ['write'], takes: 'anything' },
} as const satisfies RouteTable
