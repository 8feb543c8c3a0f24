import { describe, expect, it } from 'vitest'
import { contrast, isColour, readability } from './contrast'

describe('contrast', () => {
  it('is 21 between black and white and 1 with itself, whichever comes first', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
    expect(contrast('#ffffff', '#000000')).toBeCloseTo(21)
    expect(contrast('#777777', '#777777')).toBe(1)
  })
  it('agrees with a known pair', () => {
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
  })
})

describe('readability', () => {
  it('sorts colours by what white words on them need', () => {
    expect(readability('#4f46e5')).toBe('good')
    expect(readability('#e0701a')).toBe('large_only')
    expect(readability('#facc15')).toBe('poor')
  })
})

describe('isColour', () => {
  it('wants six hexadecimal digits', () => {
    expect(isColour('#0f766e')).toBe(true)
    for (const wrong of ['0f766e', '#0f7', 'teal', '#0f766e00']) expect(isColour(wrong)).toBe(false)
  })
})
