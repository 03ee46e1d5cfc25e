/** Restarts a Postgres at the same address when it dies. */
import { setTimeout as pause } from 'node:timers/promises'
import { type PostgresOptions, type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { getErrorMessage } from '#platform/errors'

interface KeptPostgres {
  url: string
  /** Process id of the current server. */
  pid(): number
  close(): Promise<void>
}

interface KeepOptions extends PostgresOptions {
  /** Called when the server died, when a restart failed, and when it is back. */
  onChange: (message: string) => void
}

/** A dead server's sessions and shared memory disappear after a moment; a disk stays full for longer. */
const FIRST_PAUSE_MS = 100
const PAUSE_MS_MAX = 15_000

/** @throws AppError PART_FAILED when it does not start the first time */
export async function keepPostgresRunning({ onChange, ...options }: KeepOptions): Promise<KeptPostgres> {
  let server = await startPostgres(options)
  const { url } = server
  const port = Number(new URL(url).port)
  const closing = new AbortController()

  async function restart(): Promise<PostgresServer | undefined> {
    let said = ''
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      await pause(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined)
      if (closing.signal.aborted) return undefined
      try {
        return await startPostgres({ ...options, port })
      } catch (error) {
        const problem = getErrorMessage(error)
        if (problem !== said) onChange(`${problem}; Hunter retries until it runs`)
        said = problem
      }
    }
  }

  async function watch(): Promise<void> {
    for (;;) {
      const how = await server.ended
      if (closing.signal.aborted) return
      onChange(`Postgres died (${how}) and is restarted`)
      const next = await restart()
      if (!next) return
      server = next
      if (!closing.signal.aborted) onChange('Postgres runs again, with all committed data')
    }
  }

  const watching = watch()
  return {
    url,
    pid: () => server.pid,
    close: async () => {
      closing.abort()
      await server.close()
      await watching
      await server.close() // A restart may have been in progress.
    },
  }
}
