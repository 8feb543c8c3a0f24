// A calendar's year as months of days, and what makes a day special, for the picture of the year.
export interface YearDay {
  date: string
  periods: [string, string][]
  open_seconds: number
  holiday: string | null
  shift: boolean
  broken: boolean
  clock_change: number
}

export interface Month {
  /** First day of the month, for its name. */
  first: string
  /** Empty places before the first day, the week beginning on Monday. */
  before: number
  days: YearDay[]
}

export function monthsOf(days: readonly YearDay[]): Month[] {
  const months: Month[] = []
  for (const day of days) {
    if (day.date.endsWith('-01')) months.push({ first: day.date, before: (weekday(day.date) + 6) % 7, days: [] })
    months.at(-1)?.days.push(day)
  }
  return months
}

const weekday = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay()

export type Look = 'holiday' | 'shift' | 'open' | 'closed'

/** The one thing that colours a day; breaks and set clocks are marks beside it. */
export function lookOf(day: YearDay): Look {
  if (day.holiday !== null) return 'holiday'
  if (day.shift) return 'shift'
  return day.open_seconds > 0 ? 'open' : 'closed'
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }

/** The day that a key leads to from day number `at`; null for keys that lead nowhere. */
export function dayAfterKey(key: string, at: number, days: readonly YearDay[]): number | null {
  const last = days.length - 1
  const within = (index: number) => Math.min(Math.max(index, 0), last)
  if (key in STEPS) return within(at + (STEPS[key] ?? 0))
  if (key === 'Home') return 0
  if (key === 'End') return last
  if (key !== 'PageUp' && key !== 'PageDown') return null
  const [year, month, day] = (days[at]?.date ?? '').split('-').map(Number) as [number, number, number]
  const wanted = month + (key === 'PageUp' ? -1 : 1)
  if (wanted < 1 || wanted > 12) return at
  const length = new Date(Date.UTC(year, wanted, 0)).getUTCDate()
  const date = `${year}-${String(wanted).padStart(2, '0')}-${String(Math.min(day, length)).padStart(2, '0')}`
  return days.findIndex((one) => one.date === date)
}
