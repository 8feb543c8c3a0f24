import { describe, expect, it } from 'vitest'
import { previewDays } from './preview'

describe('previewDays', () => {
  it('draws wall-clock periods as parts of the day', () => {
    const [day] = previewDays(
      { days: [{ date: '2026-11-23', periods: [['06:00', '12:00']], holiday: null }] },
      'Etc/UTC',
    )
    expect(day?.bars).toEqual([{ left: 25, width: 25 }])
  })
  it('reads moments in the zone of the calendar, and midnight as the end of the day', () => {
    const days = [
      { date: '2026-11-23', periods: [['2026-11-23T06:00:00Z', '2026-11-23T22:00:00Z']] as [string, string][] },
    ]
    expect(previewDays(days, 'Europe/Helsinki')[0]?.periods).toEqual([['08:00', '24:00']])
  })
})
