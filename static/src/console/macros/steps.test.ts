import { describe, expect, it } from 'vitest'
import { amountOf, emptyStep, isComplete, KINDS } from './steps'

describe('steps of a macro', () => {
  it('say a time in the largest unit that fits', () => {
    expect(amountOf(2880)).toEqual({ amount: 2, unit: 'day' })
    expect(amountOf(90)).toEqual({ amount: 90, unit: 'minute' })
    expect(amountOf(180)).toEqual({ amount: 3, unit: 'hour' })
  })

  it('are complete once they say what to do', () => {
    const complete = KINDS.filter((kind) => isComplete(emptyStep(kind)))
    expect(complete).toEqual(['priority', 'owner', 'snooze', 'watch'])
    expect(isComplete({ do: 'reply', texts: { en: ' ', fi: 'Hei' } })).toBe(true)
    expect(isComplete({ do: 'note', text: ' ' })).toBe(false)
  })
})
