import type { Context, Hono } from 'hono'
import type { CreatedChannel, TestedChannel } from '#alerts/channels'
import type { ChannelInfo } from '#alerts/channel-rows'
import { editChannelBody, editChannelsBody, newChannelBody } from '#alerts/fields'
import type { SendMessage } from '#alerts/message'
import { confirmBody } from '#api/channels/inputs'
import { channelTable } from '#api/channels/table'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { parsePageQuery } from '#api/http/legacy-pages'
import { findOrigin } from '#api/http/origin'
import { parseBody } from '#api/http/validate'
import { rotateKeyBody } from '#api/keys/inputs'
import type { KeyRouteDeps } from '#api/keys/routes'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { DigestBackup } from '#db/tables'
import type { AlsoSave } from '#db/transaction'
import { formatCount } from '#platform/count-text'
import type { Network } from '#signals/registration/network'

export interface ChannelRouteDeps extends KeyRouteDeps {
  loadAlertSender: () => Promise<{ send: SendMessage; isTrusted: Network['isTrusted'] }>
  readDigestBackup: () => Promise<DigestBackup | null>
}

/** Administrators call these rarely: the first call loads what does the work. */
const loadChannels = () => import('#alerts/channels')
const loadEdit = () => import('#alerts/edit-channels')
const loadLog = () => import('#alerts/log')
const loadPreview = () => Promise.all([import('#alerts/digest/preview'), import('#alerts/digest/webhook-event')])

/** As with keys, only one answer contains a secret, and its stored copy is encrypted. */
export function createChannelRoutes({
  keyDeps,
  newId,
  loadAlertSender,
  readDigestBackup,
}: ChannelRouteDeps): Hono<ApiEnv> {
  const loadDeps = async () => ({ ...keyDeps, newId, ...(await loadAlertSender()) })
  /** `toData` makes the answer's data of what was done, or of the copy of it that a repeated request finds. */
  const doOnce = <Done extends object>(
    c: Context<ApiEnv>,
    run: (also: AlsoSave<Done>) => Promise<Done>,
    answer: { message: string; status?: 201 | 202; toData?: (done: Done) => object },
  ) =>
    withIdempotencyKey<Done, Done>(
      c,
      { ...keyDeps, newId, seal: keyDeps },
      {
        run,
        recall: async (done) => done,
        answer: async (done) => sendData(c, answer.toData?.(done) ?? done, answer),
      },
    )

  return mountRoutes(channelTable, {
    listChannels: async (c) => {
      const channels = await (await loadChannels()).listChannels(keyDeps.db)
      return sendData(c, { channels }, { message: formatCount(channels.length, 'channel') })
    },

    createChannel: async (c) => {
      const input = { ...(await parseBody(c, newChannelBody)), ...buildAuditContext(c) }
      const [{ createChannel }, deps] = [await loadChannels(), await loadDeps()]
      return doOnce<CreatedChannel>(c, (also) => createChannel(deps, input, also), {
        message: input.kind === 'webhook' ? SAVE_NOW : 'send a test now: it makes the channel active',
        status: 201,
      })
    },

    getChannel: async (c) => {
      const channel = await (await loadChannels()).getChannel(keyDeps.db, c.req.param('channel'))
      return sendData(c, channel, { message: channel.name })
    },

    editChannel: async (c) => {
      const changes = { ...(await parseBody(c, editChannelBody)), id: c.req.param('channel') }
      const [{ editChannels }, deps] = [await loadEdit(), await loadDeps()]
      const [channel] = await editChannels(deps, { channels: [changes], ...buildAuditContext(c) })
      return sendData(c, channel, { message: 'channel changed' })
    },

    getConfig: async (c) => {
      const channels = await (await loadChannels()).listChannels(keyDeps.db)
      return sendData(c, { channels: channels.map(toSettings) }, { message: formatCount(channels.length, 'channel') })
    },

    putConfig: async (c) => {
      const { channels } = await parseBody(c, editChannelsBody)
      const [{ editChannels }, deps] = [await loadEdit(), await loadDeps()]
      await editChannels(deps, { channels, ...buildAuditContext(c) })
      const all = await (await loadChannels()).listChannels(keyDeps.db)
      return sendData(c, { channels: all.map(toSettings) }, { message: 'channels changed' })
    },

    testChannel: async (c) => {
      const input = { channel: c.req.param('channel'), ...buildAuditContext(c) }
      const [{ testChannel }, deps] = [await loadChannels(), await loadDeps()]
      const answer = { message: 'tested', toData: toTest }
      return doOnce<TestedChannel>(c, (also) => testChannel(deps, input, also), answer)
    },

    confirmChannel: async (c) => {
      const { code } = await parseBody(c, confirmBody)
      const input = { channel: c.req.param('channel'), code, ...buildAuditContext(c) }
      const [{ confirmChannel }, deps] = [await loadChannels(), await loadDeps()]
      return doOnce(c, (also) => confirmChannel(deps, input, also), { message: 'the channel is active' })
    },

    rotateChannel: async (c) => {
      const { grace_seconds: graceSeconds } = await parseBody(c, rotateKeyBody)
      const input = { channel: c.req.param('channel'), graceSeconds, ...buildAuditContext(c) }
      const [{ rotateChannel }, deps] = [await loadChannels(), await loadDeps()]
      return doOnce(c, (also) => rotateChannel(deps, input, also), { message: SAVE_NOW })
    },

    listDeliveries: async (c) => {
      const page = parsePageQuery(c, pageQuery)
      const { listDeliveries } = await loadLog()
      const { items, nextCursor } = await listDeliveries(keyDeps.db, { channel: c.req.param('channel'), ...page })
      return sendData(
        c,
        { deliveries: items, nextCursor },
        { message: formatCount(items.length, 'delivery', 'deliveries') },
      )
    },

    previewDigest: async (c) => {
      const [{ previewDigest }, { buildDigestEvent }] = await loadPreview()
      const deps = { ...keyDeps, readBackup: readDigestBackup, publicUrl: findOrigin(new URL(c.req.url)) }
      const { channel, dueAt, digest, mail } = await previewDigest(deps, c.req.param('channel'))
      const { isWorthSending } = digest
      const data = { channelId: channel.id, dueAt, isWorthSending, ...mail, digest: buildDigestEvent(digest).data }
      return sendData(c, data, { message: mail.subject })
    },

    resendDelivery: async (c) => {
      const input = { id: c.req.param('delivery'), ...buildAuditContext(c) }
      const { resendDelivery } = await loadLog()
      return doOnce(c, (also) => resendDelivery(keyDeps, input, also), { message: 'queued', status: 202 })
    },

    disableChannel: async (c) => {
      const input = { channel: c.req.param('channel'), ...buildAuditContext(c) }
      const { switchOffChannel } = await loadChannels()
      return doOnce(c, (also) => switchOffChannel(keyDeps, input, also), { message: 'the channel is off' })
    },

    deleteChannel: async (c) => {
      const input = { channel: c.req.param('channel'), ...buildAuditContext(c) }
      const { deleteChannel } = await loadChannels()
      return doOnce(c, (also) => deleteChannel(keyDeps, input, also), { message: 'the channel is deleted' })
    },
  })
}

const SAVE_NOW = 'save the secret now: Hunter shows it only once'

function toSettings(channel: ChannelInfo) {
  const { id, name, types, segments, priorityMax, language, digestHour, timezone } = channel
  return { id, name, types, segments, priorityMax, language, digestHour, timezone }
}

function toTest({ channel, outcome }: TestedChannel) {
  const { status } = outcome
  return outcome.kind === 'sent'
    ? { channel, sent: true, status, reason: null, note: outcome.note ?? null }
    : { channel, sent: false, status, reason: outcome.reason, note: null }
}
