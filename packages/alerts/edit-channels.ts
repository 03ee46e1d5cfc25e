/** Changes the settings of channels. */
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod/mini'
import { normaliseAddress } from '#alerts/channel-address'
import {
  type By,
  type ChannelInfo,
  dropQueue,
  keepQueue,
  lockChannels,
  nameChannel,
  takeTurn,
  toInfo,
  updateChannel,
} from '#alerts/channel-rows'
import { createChannelSeal, hashAddress, hintAddress } from '#alerts/channel-secrets'
import type { ChannelDeps } from '#alerts/channels'
import type { editChannelsBody } from '#alerts/fields'
import { findChannel } from '#alerts/find-channel'
import { type ChannelRow, NO_FAILURES } from '#alerts/outbox'
import { recordAudit } from '#db/audit'
import { toStorableText } from '#db/storable'
import { runInTransaction, type Transaction } from '#db/transaction'
import { AppError } from '#platform/errors'

type Changes = z.output<typeof editChannelsBody>['channels'][number]

/**
 * Changes what is given and leaves the rest, in all of these channels or in none. A new address makes its channel
 * unverified, and what waits goes there once a test has arrived. A change to what holds already writes nothing.
 * @throws AppError CHANNEL_NOT_FOUND, CHANNEL_AMBIGUOUS, VALIDATION_FAILED for an address that cannot work
 */
export async function editChannels(
  deps: ChannelDeps,
  { channels, ...by }: By & { channels: Changes[] },
): Promise<ChannelInfo[]> {
  return runInTransaction(deps.db, async (tx) => {
    await takeTurn(tx)
    const edits: Edit[] = []
    for (const one of channels) edits.push(await planEdit(deps, tx, one))
    const rows = new Map(edits.map(({ known }) => [known.id, known]))
    if (rows.size < edits.length) {
      const details = { fields: [{ field: 'channels', message: 'must name each channel once' }] }
      throw new AppError('VALIDATION_FAILED', 'a channel is named twice', { details })
    }
    const hashes = edits
      .flatMap(({ known, place }) => (place ? [known.addressHash, place.addressHash] : []))
      .sort((one, other) => one.compare(other))
    for (const hash of hashes) await keepQueue(tx, hash, deps.clock.now())
    const locked = await lockChannels(tx, [...rows.keys()])
    const edited: ChannelInfo[] = []
    for (const edit of edits) edited.push(await applyEdit(deps, tx, { edit, row: locked.get(edit.known.id)!, by }))
    for (const hash of hashes) await dropQueue(tx, hash)
    return edited
  })
}

interface Edit {
  known: ChannelRow
  settings: ReturnType<typeof readSettings>
  /** undefined: the address stays. */
  place: ReturnType<typeof toPlace> | undefined
}

async function planEdit(deps: ChannelDeps, tx: Transaction, changes: Changes): Promise<Edit> {
  const known = await findChannel(tx, changes.id)
  const place = changes.address === undefined ? undefined : toPlace(deps, known, changes.address)
  return { known, settings: readSettings(changes), place }
}

const UNVERIFIED = {
  state: 'unverified',
  stateReason: 'The address was changed, so it needs a test.',
  ...NO_FAILURES,
} as const

async function applyEdit(
  deps: ChannelDeps,
  tx: Transaction,
  { edit, row, by }: { edit: Edit; row: ChannelRow; by: By },
): Promise<ChannelInfo> {
  const { id } = row
  const { place } = edit
  const settings = keepDifferent(edit.settings, row)
  const isMoved = place !== undefined && !place.addressHash.equals(row.addressHash)
  const fields = [...Object.keys(settings), ...(isMoved ? ['address'] : [])]
  if (fields.length === 0) return toInfo(row)
  const edited = await updateChannel(tx, id, {
    ...settings,
    ...(settings.digestHour === null && row.digestFrom !== null && { digestFrom: deps.clock.now() }),
    ...(isMoved && { ...place, ...UNVERIFIED }),
  })
  await recordAudit(tx, { ...by, action: 'alert_channel.changed', object: nameChannel(id), details: { fields } })
  return edited
}

function toPlace(deps: ChannelDeps, { id, kind }: ChannelRow, text: string) {
  const address = normaliseAddress(deps, { kind, address: text })
  const sealed = createChannelSeal(deps, id).encrypt(address)
  return { address: sealed, addressHint: hintAddress(address), addressHash: hashAddress(deps, address) }
}

function readSettings({ priority_max: priorityMax, digest_hour: digestHour, ...changes }: Changes) {
  const { types, segments, language, timezone } = changes
  const name = changes.name === undefined ? undefined : toStorableText(changes.name)
  return { name, types, segments, priorityMax, language, digestHour, timezone }
}

function keepDifferent(given: Partial<Record<keyof ChannelRow, unknown>>, row: ChannelRow): Partial<ChannelRow> {
  const entries = Object.entries(given) as [keyof ChannelRow, unknown][]
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== undefined && !isDeepStrictEqual(value, row[name])),
  )
}
