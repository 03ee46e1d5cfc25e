/** Reports errors to Sentry. The first error loads it: bundled at the start it took 200 ms of a cold start. */
import type { Log } from '#platform/log'
import { getErrorMessage, hideQueries } from '#platform/errors'
import type { Settings } from '#runtime/settings'

export interface Reporter {
  report: (error: unknown, tags: Record<string, string>) => void
  /** Waits until all reports are sent: Lambda freezes a function as soon as it has answered. */
  flush: () => Promise<void>
}

const FLUSH_TIMEOUT_MS = 2_000

export function createReporter({ SENTRY_DSN: dsn, HUNTER_ENV }: Settings, release: string, log: Log): Reporter {
  if (!dsn) return { report: () => undefined, flush: async () => undefined }
  const load = async () => {
    const { defaultStackParser, makeNodeTransport, NodeClient } = await import('#runtime/sentry-client')
    const client = new NodeClient({
      dsn,
      release: `hunter@${release}`,
      environment: HUNTER_ENV,
      transport: makeNodeTransport,
      stackParser: defaultStackParser,
      integrations: [], // the defaults add the request, the console and local variables, which hold keys and data
      beforeSend: ({ request: _request, user: _user, server_name: _host, ...event }) => event,
    })
    client.init()
    return client
  }
  let loading: ReturnType<typeof load> | undefined
  let sending: Promise<unknown> = Promise.resolve()
  const send = async (error: unknown, tags: Record<string, string>) => {
    const client = await (loading ??= load())
    client.captureException(hideQueries(error), { captureContext: { tags } })
    await client.flush(FLUSH_TIMEOUT_MS)
  }
  return {
    report(error, tags) {
      const sent = send(error, tags).catch((thrown: unknown) =>
        log.warn('report_failed', { problem: getErrorMessage(thrown) }),
      )
      sending = Promise.all([sending, sent])
    },
    flush: async () => void (await sending),
  }
}
