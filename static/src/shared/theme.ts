// Looks: light, dark or as the system wants, and the desk's own colour as a full set of shades.
import { computed, readonly, ref } from 'vue'

export type Scheme = 'system' | 'light' | 'dark'

const STORED = 'casefeed.scheme'
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const scheme = ref<Scheme>('system')
const systemIsDark = ref(systemDark.matches)
systemDark.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
  apply()
})

export const chosenScheme = readonly(scheme)
export const isDark = computed(() => (scheme.value === 'system' ? systemIsDark.value : scheme.value === 'dark'))

function apply(): void {
  const root = document.documentElement
  root.classList.toggle('dark', isDark.value)
  root.classList.toggle('light', !isDark.value)
  root.style.colorScheme = isDark.value ? 'dark' : 'light'
}

export function setScheme(wanted: Scheme): void {
  scheme.value = wanted
  try {
    localStorage.setItem(STORED, wanted)
  } catch {
    // Not kept; nothing else is lost.
  }
  apply()
}

export function startTheme(): void {
  try {
    const stored = localStorage.getItem(STORED)
    if (stored === 'light' || stored === 'dark') scheme.value = stored
  } catch {
    // Storage may be forbidden; the system's wish has to do.
  }
  apply()
}

// Lightness per shade is fixed, whatever the brand colour: text on it keeps its contrast (WCAG AA) in both schemes.
const SHADES: [shade: number, lightness: number, chroma: number][] = [
  [50, 0.972, 0.09],
  [100, 0.945, 0.18],
  [200, 0.89, 0.34],
  [300, 0.815, 0.6],
  [400, 0.725, 0.86],
  [500, 0.63, 1],
  [600, 0.55, 1],
  [700, 0.475, 0.92],
  [800, 0.41, 0.78],
  [900, 0.36, 0.64],
  [950, 0.27, 0.5],
]

/** Hue (degrees) and chroma of a colour written #rrggbb, in OKLCH (Björn Ottosson's OKLab). */
export function hueOf(hex: string): { hue: number; chroma: number } | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(hex.trim())?.[1]
  if (!digits) return null
  const linear = (at: number) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }
  const [r, g, b] = [linear(0), linear(2), linear(4)]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  return { hue: ((Math.atan2(bb, a) * 180) / Math.PI + 360) % 360, chroma: Math.hypot(a, bb) }
}

/** The shades 50 to 950 of a brand colour; null where it is no colour. */
export function shadesOf(hex: string): Record<number, string> | null {
  const colour = hueOf(hex)
  if (!colour) return null
  const strongest = Math.min(colour.chroma, 0.22)
  return Object.fromEntries(
    SHADES.map(([shade, lightness, part]) => [
      shade,
      `oklch(${lightness} ${(strongest * part).toFixed(4)} ${colour.hue.toFixed(1)})`,
    ]),
  )
}

/** Paints the page in the desk's colour; without a usable one the built-in colour stays. */
export function setBrandColour(hex: string): void {
  for (const [shade, colour] of Object.entries(shadesOf(hex) ?? {})) {
    document.documentElement.style.setProperty(`--ui-color-primary-${shade}`, colour)
  }
}
