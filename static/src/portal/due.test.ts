import { describe, expect, it } from 'vitest'
import { dueText, momentInWords } from './due'

const words = (key: string, values: Record<string, string>) => `${key.split('.').at(-1)} ${values.time}`
// Sunday 22 November 2026, in the zone of whoever runs the test.
const now = new Date(2026, 10, 22, 15, 0)

describe('momentInWords', () => {
  it('says a time today and names the neighbouring days', () => {
    expect(momentInWords(new Date(2026, 10, 22, 18, 30), now, 'fi', words)).toBe('18.30')
    expect(momentInWords(new Date(2026, 10, 23, 0, 5), now, 'fi', words)).toBe('tomorrow 00.05')
    expect(momentInWords(new Date(2026, 10, 21, 23, 59), now, 'fi', words)).toBe('yesterday 23.59')
  })
  it('names the weekday within the week, with the Finnish ending', () => {
    expect(momentInWords(new Date(2026, 10, 24, 11, 0), now, 'en-GB', words)).toBe('Tuesday 11:00')
    expect(momentInWords(new Date(2026, 10, 24, 11, 0), now, 'fi', words)).toBe('tiistaina klo 11.00')
  })
  it('gives the date beyond', () => {
    expect(momentInWords(new Date(2026, 11, 3, 9, 0), now, 'en-GB', words)).toContain('3 December')
    expect(momentInWords(new Date(2026, 10, 3, 9, 0), now, 'en-GB', words)).toContain('3 November')
  })
})

describe('dueText', () => {
  it('is silent where nothing is promised', () => {
    expect(dueText(null, 'open', now, 'en', words)).toBeNull()
    expect(dueText({ answer_by: null, paused: false }, 'open', now, 'en', words)).toBeNull()
  })
  it('tells that the time stands still before anything else, and why', () => {
    const due = { answer_by: '2026-11-20T10:00:00Z', paused: true }
    expect(dueText(due, 'waiting', now, 'en', words)).toEqual({ kind: 'waiting' })
    expect(dueText(due, 'on_hold', now, 'en', words)).toEqual({ kind: 'paused' })
  })
  it('owns up to being late', () => {
    const late = new Date(2026, 10, 22, 14, 59).toISOString()
    const soon = new Date(2026, 10, 22, 15, 1).toISOString()
    expect(dueText({ answer_by: late, paused: false }, 'open', now, 'en', words)?.kind).toBe('overdue')
    expect(dueText({ answer_by: soon, paused: false }, 'open', now, 'en', words)?.kind).toBe('by')
  })
})
