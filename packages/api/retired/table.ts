import type { RouteTable } from '#api/http/route'

/** Notes, tags and favourites live in the CRM now. The third read is `favorite` of the list of leads. */
export const retiredTable = {
  createNote: { route: 'post /api/v1/leads/:domain/notes', scopes: ['write'] },
  updateNote: { route: 'put /api/v1/leads/:domain/notes/:note', scopes: ['write'] },
  deleteNote: { route: 'delete /api/v1/leads/:domain/notes/:note', scopes: ['write'] },
  listNotes: { route: 'get /api/v1/leads/:domain/notes', scopes: ['read'] },
  addTag: { route: 'post /api/v1/leads/:domain/tags', scopes: ['write'] },
  removeTag: { route: 'delete /api/v1/leads/:domain/tags/:tag', scopes: ['write'] },
  listTags: { route: 'get /api/v1/leads/:domain/tags', scopes: ['read'] },
  addFavorite: { route: 'post /api/v1/leads/:domain/favorite', scopes: ['write'] },
  removeFavorite: { route: 'delete /api/v1/leads/:domain/favorite', scopes: ['write'] },
} as const satisfies RouteTable
