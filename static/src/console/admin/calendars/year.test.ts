import { describe, expect, it } from 'vitest'
import { dayAfterKey, lookOf, monthsOf, type YearDay } from './year'

const plain = { periods: [], open_seconds: 0, holiday: null, shift: false, broken: false, clock_change: 0 }
const year = (of: number): YearDay[] => {
  const found: YearDay[] = []
  for (let at = Date.UTC(of, 0, 1); new Date(at).getUTCFullYear() === of; at += 86_400_000)
    found.push({ ...plain, date: new Date(at).toISOString().slice(0, 10) })
  return found
}

describe('monthsOf', () => {
  it('gives twelve months whose weeks begin on Monday', () => {
    const months = monthsOf(year(2026))
    expect(months.map((one) => one.days.length)).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    // 1 January 2026 is a Thursday, 1 June a Monday, 1 February a Sunday.
    expect([months[0]?.before, months[5]?.before, months[1]?.before]).toEqual([3, 0, 6])
  })
})

describe('lookOf', () => {
  it('lets a holiday win over other hours, and those over the week', () => {
    const day = { ...plain, date: '2026-12-24', open_seconds: 3600 }
    expect(lookOf({ ...day, holiday: '', shift: true })).toBe('holiday')
    expect(lookOf({ ...day, shift: true })).toBe('shift')
    expect(lookOf(day)).toBe('open')
    expect(lookOf({ ...day, open_seconds: 0 })).toBe('closed')
  })
})

describe('dayAfterKey', () => {
  const days = year(2026)
  const at = (date: string) => days.findIndex((one) => one.date === date)
  it('walks by days, weeks and months, and stops at the ends', () => {
    expect(dayAfterKey('ArrowDown', at('2026-01-30'), days)).toBe(at('2026-02-06'))
    expect(dayAfterKey('ArrowLeft', 0, days)).toBe(0)
    expect(dayAfterKey('PageDown', at('2026-01-31'), days)).toBe(at('2026-02-28'))
    expect(dayAfterKey('PageDown', at('2026-12-05'), days)).toBe(at('2026-12-05'))
    expect(dayAfterKey('End', 0, days)).toBe(364)
    expect(dayAfterKey('x', 0, days)).toBeNull()
  })
})
