import { describe, expect, it } from 'vitest'
import type { CaseRow } from '../../shared/types'
import { applied, belongs, compareWork, EMPTY, isUnread, withPage } from './order'

function row(id: number, given: Partial<CaseRow> = {}): CaseRow {
  return {
    id,
    number: `#${1000 + id}`,
    number_int: 1000 + id,
    subject: `Case ${id}`,
    status: { key: 'open', category: 'open', names: { en: 'Open' } },
    priority: 'normal',
    queue_id: 1,
    owner: null,
    contact: { id: 1, name: 'Aino Virtanen' },
    account: null,
    channel: 'mail',
    tags: [],
    preview: '',
    opened_at: '2026-11-22T10:00:00Z',
    updated_at: '2026-11-22T10:00:00Z',
    waiting_since: null,
    next_due_at: null,
    escalated_at: null,
    snoozed_until: null,
    rank: id,
    head: 1,
    version: 1,
    read_position: null,
    ...given,
  }
}
const change = (one: CaseRow) => ({
  type: 'row' as const,
  topic: 'queue/1',
  key: String(one.id),
  version: one.version,
  row: one,
})
const gone = (id: number, version: number) => ({ type: 'gone' as const, topic: 'queue/1', key: String(id), version })
const ids = (listing: { rows: readonly CaseRow[] }) => listing.rows.map((one) => one.id)

describe('the order of work', () => {
  it('is the rank that the server gives, then age', () => {
    const rows = [row(1, { rank: 5 }), row(2, { rank: -3 }), row(4, { rank: 5 }), row(3, { rank: 5 })]
    expect(rows.sort(compareWork).map((one) => one.id)).toEqual([2, 1, 3, 4])
  })
  it('keeps what is snoozed on a list of its own', () => {
    const snoozed = row(1, { snoozed_until: '2026-11-23T10:00:00Z' })
    expect([belongs(snoozed, 'active'), belongs(snoozed, 'snoozed'), belongs(snoozed, 'all')]).toEqual([
      false,
      true,
      true,
    ])
    expect([belongs(row(2), 'active'), belongs(row(2), 'snoozed')]).toEqual([true, false])
  })
})

describe('changes of a list', () => {
  const start = withPage(EMPTY, [row(1), row(2)], false)

  it('insert, move and remove rows', () => {
    let listing = applied(start, change(row(3, { rank: -1 })), 'active')
    expect(ids(listing)).toEqual([3, 1, 2])
    listing = applied(listing, change(row(2, { rank: -2, version: 2 })), 'active')
    expect(ids(listing)).toEqual([2, 3, 1])
    expect(ids(applied(listing, gone(3, 2), 'active'))).toEqual([2, 1])
  })
  it('are ignored when they are older than what is shown', () => {
    const listing = applied(start, change(row(1, { version: 5, subject: 'New' })), 'active')
    expect(applied(listing, change(row(1, { version: 4, subject: 'Old' })), 'active')).toBe(listing)
    const left = applied(listing, gone(1, 6), 'active')
    expect(ids(applied(left, change(row(1, { version: 5 })), 'active'))).toEqual([2])
  })
  it('take a row out of the list that its status no longer belongs to', () => {
    const resolved = row(1, { version: 2, status: { key: 'resolved', category: 'resolved', names: {} } })
    expect(ids(applied(start, change(resolved), 'active'))).toEqual([2])
  })
  it('keep what the reader has read, which is not told to all', () => {
    const read = withPage(EMPTY, [row(1, { read_position: 4, head: 4 })], false)
    const [shown] = applied(read, change(row(1, { version: 5, head: 5 })), 'active').rows
    expect(shown?.read_position).toBe(4)
    expect(shown && isUnread(shown)).toBe(true)
  })
  it('leave to the next page what comes after the last row shown', () => {
    const partly = withPage(EMPTY, [row(1), row(2)], true)
    expect(ids(applied(partly, change(row(9)), 'active'))).toEqual([1, 2])
    expect(ids(applied(start, change(row(9)), 'active'))).toEqual([1, 2, 9])
  })
  it('that came before the page with the same row win', () => {
    const early = applied(EMPTY, change(row(1, { version: 7, subject: 'Newer' })), 'active')
    expect(withPage(early, [row(1, { version: 6, subject: 'Older' })], false).rows[0]?.subject).toBe('Newer')
  })
})
