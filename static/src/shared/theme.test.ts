import { describe, expect, it } from 'vitest'
import { hueOf, shadesOf } from './theme'

describe('brand colours', () => {
  it('become eleven shades of the same hue', () => {
    const shades = shadesOf('#0f766e') ?? {}
    expect(Object.keys(shades)).toHaveLength(11)
    expect(hueOf('#0f766e')?.hue).toBeCloseTo(187, -1)
  })
  it('keep their lightness whatever was chosen, so that text on them can be read', () => {
    const lightness = (hex: string) => shadesOf(hex)?.[700]?.split(' ')[0]
    expect(lightness('#ffff00')).toBe(lightness('#000080'))
  })
  it('that are none change nothing', () => {
    expect(shadesOf('teal')).toBeNull()
    expect(shadesOf('#12')).toBeNull()
  })
})
