// A signed-in device in words that its owner recognises, read from the browser's own description.
export interface Device {
  browser: string
  system: string
  icon: string
}

const BROWSERS: [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|Opera/, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/YaBrowser\//, 'Yandex Browser'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\/|python|httpx|aiohttp/i, 'API client'],
]

const SYSTEMS: [RegExp, string, boolean][] = [
  [/iPhone/, 'iPhone', true],
  [/iPad/, 'iPad', true],
  [/Android/, 'Android', true],
  [/Windows/, 'Windows', false],
  [/Mac OS X|Macintosh/, 'macOS', false],
  [/CrOS/, 'ChromeOS', false],
  [/Linux|X11/, 'Linux', false],
]

export function deviceOf(agent: string): Device | null {
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1]
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))
  if (!browser && !system) return null
  return {
    browser: browser ?? '',
    system: system?.[1] ?? '',
    icon: system?.[2] ? 'i-lucide-smartphone' : 'i-lucide-monitor',
  }
}
