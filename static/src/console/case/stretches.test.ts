import { describe, expect, it } from 'vitest'
import { listed, SHOWN } from './stretches'

const hours = Array.from({ length: 13 }, (_, hour) => hour)

describe('the stretches of a promise', () => {
  it('shows the latest and says how many came earlier', () => {
    expect(listed(hours, false)).toEqual({ earlier: 13 - SHOWN, shown: hours.slice(3) })
  })
  it('shows every stretch that its sums are made of when asked, or when they are few', () => {
    expect(listed(hours, true)).toEqual({ earlier: 0, shown: hours })
    expect(listed(hours.slice(0, 4), false)).toEqual({ earlier: 0, shown: hours.slice(0, 4) })
  })
})
