import { describe, expect, it } from 'vitest'
import { barsOf } from './simulation'

const week = (name: string, before: number, after: number) => ({
  week: name,
  promises: 9,
  moved: 3,
  broken_before: before,
  broken_after: after,
})

describe('barsOf', () => {
  it('measures every week by the worst one', () => {
    expect(barsOf([week('2026-03-02', 4, 1), week('2026-03-09', 0, 2)])).toEqual([
      { week: '2026-03-02', before: 100, after: 25, brokenBefore: 4, brokenAfter: 1 },
      { week: '2026-03-09', before: 0, after: 50, brokenBefore: 0, brokenAfter: 2 },
    ])
  })
  it('draws nothing where nothing was broken', () => {
    expect(barsOf([week('2026-03-02', 0, 0)])[0]).toMatchObject({ before: 0, after: 0 })
  })
})
