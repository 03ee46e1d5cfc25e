import { describe, expect, it } from 'vitest'
import { type Backup, readTime, sortIntoDays } from '#web/backups/days'

const backup = (id: string, state: Backup['state'] = 'verified') => ({ id, state }) as Backup

/** The machine's time zone decides which day a backup belongs to; noon is the same day in most. */
const NOW = new Date(2026, 10, 20, 12)
const TOMORROW = new Date(2026, 10, 21, 3)
const idAt = (at: Date) => `${at.toISOString().replace(/[-:]|\.\d+/g, '')}-aaaaaa`
const noon = (ago: number) => idAt(new Date(2026, 10, 20 - ago, 12))
const statesOf = (backups: Backup[], nextRunAt = TOMORROW) =>
  sortIntoDays(backups, { now: NOW, nextRunAt }).map(({ state }) => state)

describe('the days of the backups', () => {
  it('shows the best backup of a day', () => {
    const states = statesOf([backup(noon(0)), backup(noon(1), 'failed'), backup(noon(1)), backup(noon(2), 'unproven')])
    expect(states.slice(-3)).toEqual(['unproven', 'verified', 'verified'])
  })

  it('calls a day without a backup missing, but not before the first one, and not while its run is still to come', () => {
    const backups = [backup(noon(1)), backup(noon(3))]
    expect(statesOf(backups).slice(-5)).toEqual(['before', 'verified', 'missing', 'verified', 'missing'])
    expect(statesOf(backups, new Date(2026, 10, 20, 23)).at(-1)).toBe('due')
    expect(new Set(statesOf([]))).toEqual(new Set(['before', 'missing']))
  })

  it('reads the time of a backup from its id', () => {
    expect(readTime('20261120T013059Z-4f9c2a').toISOString()).toBe('2026-11-20T01:30:59.000Z')
  })
})
