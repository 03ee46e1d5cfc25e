import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parsePageQuery } from '#api/http/legacy-pages'
import { mountRoutes } from '#api/middleware/mount-routes'
import { moveQuery } from '#api/moves/inputs'
import { moveTable } from '#api/moves/table'
import type { Database } from '#db/client'
import { listMoves } from '#leads/moves/move-log'
import { formatMove } from '#leads/moves/name-moves'
import { formatCount } from '#platform/count-text'

export function createMoveRoutes({ db }: { db: Database }): Hono<ApiEnv> {
  return mountRoutes(moveTable, {
    listMoves: async (c) => {
      const { items, nextCursor } = await listMoves(db, parsePageQuery(c, moveQuery))
      const moves = items.map(({ domain, ...move }) => ({ domain, move: formatMove(move), ...move }))
      return sendData(c, { moves, nextCursor }, { message: formatCount(moves.length, 'move') })
    },
  })
}
