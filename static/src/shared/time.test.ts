import { describe, expect, it } from 'vitest'
import { dayName, fileSize, shortTime, spanTo } from './time'

const now = Date.parse('2026-11-22T12:00:00Z')
const inSeconds = (seconds: number) => new Date(now + seconds * 1000).toISOString()

describe('spans', () => {
  it.each([
    [3 * 86400 + 5 * 3600, '3 d 5 h'],
    [12 * 86400 + 5 * 3600, '12 d'],
    [2 * 3600 + 5 * 60, '2 h 5 min'],
    [3600, '1 h'],
    [59 * 60, '59 min'],
    [10 * 60, '10 min'],
    [9 * 60 + 5, '9:05'],
    [0, '0:00'],
    [-40 * 60, '−40 min'],
    [-65, '−1:05'],
  ])('%i seconds: %s', (seconds, text) => expect(spanTo(inSeconds(seconds), now, 'en').text).toBe(text))

  it('speak the language of the page', () => {
    expect(spanTo(inSeconds(26 * 3600), now, 'ru').text).toBe('1 д 2 ч')
    expect(spanTo(inSeconds(26 * 3600), now, 'fi').text).toBe('1 pv 2 t')
  })

  it('know when it is over', () => {
    expect(spanTo(inSeconds(-1), now, 'en').overdue).toBe(true)
    expect(spanTo(inSeconds(0), now, 'en').overdue).toBe(false)
  })
})

describe('days', () => {
  const local = (day: number, hour = 12) => new Date(2026, 10, day, hour).getTime()
  it('are named when they are near', () => {
    expect(dayName(local(22, 1), local(22, 23), 'en')).toBe('Today')
    expect(dayName(local(21, 23), local(22, 1), 'en')).toBe('Yesterday')
    expect(dayName(local(21), local(22), 'fi')).toBe('Eilen')
    expect(dayName(local(18), local(22), 'en')).toContain('18 November')
  })
  it('show the time today and the date before', () => {
    expect(shortTime(local(22, 9), local(22, 23), 'en')).toBe('09:00')
    expect(shortTime(local(18, 9), local(22), 'en')).toBe('18 Nov')
  })
})

describe('sizes', () => {
  it.each([
    [512, '512 bytes'],
    [1000, '1,000 bytes'],
    [1536, '1.5 kB'],
    [26_214_400, '25 MB'],
  ])('%i: %s', (bytes, text) => expect(fileSize(bytes, 'en')).toBe(text))
})
