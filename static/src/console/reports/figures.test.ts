import { describe, expect, it } from 'vitest'
import { dayLabel, lastDays, shown } from './figures'

const NOW = new Date(2026, 2, 2, 9).getTime()

describe('numbers of a report', () => {
  it('are counts, shares and spans in the words of the page', () => {
    expect(shown(12500, 'count', 'en')).toBe('12,500')
    expect(shown(0.876, 'share', 'en')).toBe('87.6%')
    expect(shown(5 * 3600 + 59 * 60, 'span', 'en')).toBe('5 h 59 min')
    expect(shown(12, 'span', 'en')).toBe('1:00')
    expect(shown(null, 'span', 'en')).toBe('–')
  })
})

describe('the period', () => {
  it('ends today and crosses months', () => {
    expect(lastDays(7, NOW)).toEqual({ first: '2026-02-24', last: '2026-03-02' })
    expect(lastDays(1, NOW)).toEqual({ first: '2026-03-02', last: '2026-03-02' })
  })
  it('names another year', () => {
    expect(dayLabel('2026-02-24', NOW, 'en')).toBe('24 Feb')
    expect(dayLabel('2025-12-31', NOW, 'en')).toBe('31 Dec 2025')
  })
})
