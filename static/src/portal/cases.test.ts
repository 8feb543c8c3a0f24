import { describe, expect, it } from 'vitest'
import type { PortalCaseRow } from '@/shared/types'
import { isUnread, withRow } from './cases'

const row = (id: number, version: number, more: Partial<PortalCaseRow> = {}): PortalCaseRow => ({
  id,
  number: `#${1000 + id}`,
  subject: 'Oven controller loses its schedule',
  status: { category: 'open', names: { en: 'In work' } },
  contact: { name: 'Aino Virtanen' },
  opened_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  preview: '',
  head: version,
  version,
  read_position: version,
  due: null,
  ...more,
})

describe('withRow', () => {
  it('puts what changed on top and keeps how far the person has read', () => {
    const rows = [row(1, 3), row(2, 3)]
    const changed = withRow(rows, row(2, 5, { read_position: null }), 'open')
    expect(changed.map((one) => one.id)).toEqual([2, 1])
    expect(changed[0]?.read_position).toBe(3)
    expect(isUnread(changed[0] as PortalCaseRow)).toBe(true)
  })
  it('ignores what is older than what is shown', () => {
    expect(withRow([row(1, 3)], row(1, 2, { subject: 'old' }), 'open')[0]?.subject).not.toBe('old')
  })
  it('takes a solved case out of the open ones and into the done ones', () => {
    const solved = row(1, 4, { status: { category: 'resolved', names: {} } })
    expect(withRow([row(1, 3)], solved, 'open')).toEqual([])
    expect(withRow([], solved, 'done').map((one) => one.id)).toEqual([1])
  })
})
