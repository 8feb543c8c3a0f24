// Moments, spans, sizes and numbers as people read them, in the language of the page.
import { computed, onScopeDispose, type Ref, readonly, ref } from 'vue'

/** Server time minus our time in milliseconds, so that countdowns agree on every screen. */
export const serverSkew = ref(0)

const tick = ref(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The moment now (milliseconds, server time), ticking each second while somebody looks at it. */
export function useNow(): Readonly<Ref<number>> {
  if (watchers++ === 0) {
    tick.value = Date.now()
    timer = setInterval(() => {
      if (document.visibilityState === 'visible') tick.value = Date.now()
    }, 1000)
  }
  onScopeDispose(() => {
    if (--watchers === 0) clearInterval(timer)
  })
  return readonly(computed(() => tick.value + serverSkew.value))
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface Span {
  overdue: boolean
  /** The two largest units that matter, such as "2 h 5 min". */
  text: string
  /** Seconds left (negative: overdue). */
  seconds: number
}

const UNITS: Record<string, [day: string, hour: string, minute: string]> = {
  en: ['d', 'h', 'min'],
  ru: ['д', 'ч', 'мин'],
  fi: ['pv', 't', 'min'],
}

/** How long until (or since) a moment. The last ten minutes count seconds: 4:05. */
export function spanTo(due: string | number, now: number, language: string): Span {
  const seconds = Math.round(((typeof due === 'number' ? due : Date.parse(due)) - now) / 1000)
  const overdue = seconds < 0
  const size = Math.abs(seconds)
  const [day, hour, minute] = UNITS[language] ?? (UNITS.en as [string, string, string])
  let text: string
  if (size >= DAY) {
    const hours = Math.floor((size % DAY) / HOUR)
    text = `${Math.floor(size / DAY)} ${day}${hours && size < 10 * DAY ? ` ${hours} ${hour}` : ''}`
  } else if (size >= HOUR) {
    const minutes = Math.floor((size % HOUR) / MINUTE)
    text = `${Math.floor(size / HOUR)} ${hour}${minutes ? ` ${minutes} ${minute}` : ''}`
  } else if (size >= 10 * MINUTE) text = `${Math.floor(size / MINUTE)} ${minute}`
  else text = `${Math.floor(size / MINUTE)}:${String(size % MINUTE).padStart(2, '0')}`
  return { overdue, text: overdue ? `−${text}` : text, seconds }
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Kept for all who ask with the same options: making one takes longer than using it. */
export function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  let found = formatters.get(key)
  if (!found) {
    // English without a country would mean a.m. and p.m. and month first: the desk speaks the European way.
    found = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options)
    formatters.set(key, found)
  }
  return found
}

export function clockTime(at: string | number, language: string): string {
  return formatter(language, { hour: '2-digit', minute: '2-digit' }).format(new Date(at))
}

export function fullTime(at: string | number, language: string): string {
  return formatter(language, { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at))
}

export function dayKey(at: string | number): string {
  const day = new Date(at)
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`
}

/** "today" and "yesterday" by name, else the date; the year only where it is another. */
export function dayName(at: string | number, now: number, language: string): string {
  const day = new Date(at)
  const today = new Date(now)
  const midnight = (moment: Date) => Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate())
  const days = Math.round((midnight(day) - midnight(today)) / (DAY * 1000))
  if (days === 0 || days === -1) {
    const name = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
  }
  const sameYear = day.getFullYear() === today.getFullYear()
  return formatter(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(day)
}

/** For lists: the time today, the date before. */
export function shortTime(at: string | number, now: number, language: string): string {
  if (dayKey(at) === dayKey(now)) return clockTime(at, language)
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return formatter(language, sameYear ? { day: 'numeric', month: 'short' } : { dateStyle: 'short' }).format(
    new Date(at),
  )
}

/** Time and, where it is not today, the day. */
export function momentTime(at: string | number, now: number, language: string): string {
  if (dayKey(at) === dayKey(now)) return clockTime(at, language)
  return `${shortTime(at, now, language)}, ${clockTime(at, language)}`
}

/** Sizes count in steps of 1024, as upload limits are set and as file managers show them. */
export function fileSize(bytes: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const power = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10))
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power && bytes / 1024 ** power < 10 ? 1 : 0,
  }).format(bytes / 1024 ** power)
}

export function wholeNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value)
}
