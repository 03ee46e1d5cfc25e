import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import type { Backup } from '#web/backups/days'

export type Described = DataOf<ClientOperations['get /admin/backups/{id}']>

/** Asks for one backup; a further `round` asks once more. */
export function useBackup(backup: Pick<Backup, 'id' | 'source'> | undefined, round = 0) {
  const { id = '', source = '' } = backup ?? {}
  return useAsk<Described>(backup && `backup ${source} ${id} ${round}`, (signal) =>
    api.get('/admin/backups/{id}', { params: { id }, query: { source }, signal }),
  )
}
