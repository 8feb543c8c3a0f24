// How readable a colour is (WCAG 2.2, relative luminance and contrast ratio).
export const AA_TEXT = 4.5 // the least contrast of normal text
export const AA_LARGE = 3 // the least contrast of large text and of signs

function luminance(hex: string): number {
  const part = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

export const isColour = (text: string) => /^#[0-9a-f]{6}$/i.test(text)

/** 1 to 21; both colours as #rrggbb. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

export type Readability = 'good' | 'large_only' | 'poor'

/** Whether white words can be read on the colour. */
export function readability(colour: string): Readability {
  const ratio = contrast(colour, '#ffffff')
  if (ratio >= AA_TEXT) return 'good'
  return ratio >= AA_LARGE ? 'large_only' : 'poor'
}
