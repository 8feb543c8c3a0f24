// Opening hours as a form: periods per weekday, checked and turned into the calendar definition and back.
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof DAYS)[number]
export type Pair = [start: string, end: string]

export interface Holiday {
  date: string
  name: string
}

export interface SpecialDay {
  date: string
  periods: Pair[]
}

/** What the server stores; the order of the fields is of no importance. */
export interface CalendarDefinition {
  tz: string
  hours?: Partial<Record<Day, Pair[]>>
  holidays?: (string | { date: string; name?: string })[]
  shifts?: Record<string, Pair[]>
  breaks?: Record<string, Pair[]>
}

/** What the form edits. */
export interface CalendarForm {
  tz: string
  hours: Record<Day, Pair[]>
  holidays: Holiday[]
  shifts: SpecialDay[]
  breaks: SpecialDay[]
}

export type PeriodProblem = 'bad_time' | 'empty' | 'overlap'

export const MINUTES_OF_DAY = 24 * 60

/** Minutes after midnight, 0 to 1440; null where it is no time of day. */
export function minutesOf(time: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(time.trim())
  if (!match) return null
  const minutes = Number(match[1]) * 60 + Number(match[2])
  return Number(match[2]) < 60 && minutes <= MINUTES_OF_DAY ? minutes : null
}

/** "9", "930" and "9.30" as 09:00, 09:30 and 09:30; what is no time stays as it was typed. */
export function normalTime(typed: string): string {
  const match = /^(\d{1,2})(?:[:.h ]?(\d{2}))?$/.exec(typed.trim())
  if (!match) return typed.trim()
  const time = `${(match[1] ?? '').padStart(2, '0')}:${match[2] ?? '00'}`
  return minutesOf(time) === null ? typed.trim() : time
}

export function isOvernight([start, end]: Pair): boolean {
  const from = minutesOf(start)
  const to = minutesOf(end)
  return from !== null && to !== null && to < from
}

/** Minutes after Monday's midnight in which a period is open; null where it is not a period. */
function span(dayIndex: number, pair: Pair): [number, number] | null {
  const from = minutesOf(pair[0])
  const to = minutesOf(pair[1])
  if (from === null || to === null || from === to) return null
  const midnight = dayIndex * MINUTES_OF_DAY
  return [midnight + from, midnight + (to < from ? to + MINUTES_OF_DAY : to)]
}

/** What is wrong with each period of the week, by `mon.0`; also where a night runs into the next day's hours. */
export function problemsOf(hours: Record<Day, Pair[]>): Map<string, PeriodProblem> {
  const found = new Map<string, PeriodProblem>()
  const spans: { key: string; from: number; to: number }[] = []
  DAYS.forEach((day, dayIndex) => {
    hours[day].forEach((pair, index) => {
      const key = `${day}.${index}`
      const open = span(dayIndex, pair)
      if (open) spans.push({ key, from: open[0], to: open[1] })
      else found.set(key, minutesOf(pair[0]) === null || minutesOf(pair[1]) === null ? 'bad_time' : 'empty')
    })
  })
  const week = 7 * MINUTES_OF_DAY
  for (const one of spans) {
    for (const other of spans) {
      if (one.key === other.key) continue
      // The night from Sunday to Monday runs over the end of the week.
      for (const shift of [0, week]) {
        const starts = other.from < one.from || (other.from === one.from && spans.indexOf(other) < spans.indexOf(one))
        if (one.from < other.to - shift && other.from - shift < one.to && (shift > 0 || starts))
          found.set(one.key, 'overlap')
      }
    }
  }
  return found
}

/** Open minutes of a usual week. */
export function openMinutes(hours: Record<Day, Pair[]>): number {
  return DAYS.reduce(
    (sum, day, dayIndex) =>
      sum +
      hours[day].reduce((part, pair) => {
        const open = span(dayIndex, pair)
        return part + (open ? open[1] - open[0] : 0)
      }, 0),
    0,
  )
}

export function emptyHours(): Record<Day, Pair[]> {
  return { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] }
}

const copied = (periods: readonly Pair[]): Pair[] => periods.map(([start, end]) => [start, end])

/** The next sensible period of a day: after a break of half an hour, or the usual hours. */
export function nextPeriod(periods: readonly Pair[]): Pair {
  const last = periods.at(-1)
  const end = last && !isOvernight(last) ? minutesOf(last[1]) : null
  if (end === null || end >= MINUTES_OF_DAY - 60) return ['09:00', '17:00']
  const from = Math.min(end + 30, MINUTES_OF_DAY - 60)
  return [timeOf(from), timeOf(Math.min(from + 4 * 60, MINUTES_OF_DAY))]
}

export function timeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** The hours of one day taken over to others. */
export function copyDay(hours: Record<Day, Pair[]>, from: Day, to: readonly Day[]): void {
  for (const day of to) if (day !== from) hours[day] = copied(hours[from])
}

export const WORKDAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri']

export function officeHours(): Record<Day, Pair[]> {
  return { ...emptyHours(), ...Object.fromEntries(WORKDAYS.map((day) => [day, [['09:00', '17:00'] as Pair]])) }
}

export function allHours(): Record<Day, Pair[]> {
  return Object.fromEntries(DAYS.map((day) => [day, [['00:00', '24:00'] as Pair]])) as Record<Day, Pair[]>
}

function specialDays(value: Record<string, Pair[]> | undefined): SpecialDay[] {
  return Object.entries(value ?? {})
    .map(([date, periods]) => ({ date, periods: copied(periods) }))
    .sort((a, b) => a.date.localeCompare(b.date))
}

export function formOf(definition: CalendarDefinition): CalendarForm {
  return {
    tz: definition.tz,
    hours: Object.fromEntries(DAYS.map((day) => [day, copied(definition.hours?.[day] ?? [])])) as Record<Day, Pair[]>,
    holidays: (definition.holidays ?? [])
      .map((one) => (typeof one === 'string' ? { date: one, name: '' } : { date: one.date, name: one.name ?? '' }))
      .sort((a, b) => a.date.localeCompare(b.date)),
    shifts: specialDays(definition.shifts),
    breaks: specialDays(definition.breaks),
  }
}

/** Periods by their date; what two rows say of one date holds together. */
function byDate(days: readonly SpecialDay[]): Record<string, Pair[]> {
  const found: Record<string, Pair[]> = {}
  for (const { date, periods } of days) if (date) found[date] = [...(found[date] ?? []), ...copied(periods)]
  return found
}

/** Whether a row does not say yet which date it is about; it would be lost without a word. */
export const lacksDate = (days: readonly { date: string }[]) => days.some((one) => !one.date)

export function definitionOf(form: CalendarForm): CalendarDefinition {
  return {
    tz: form.tz,
    hours: Object.fromEntries(
      DAYS.filter((day) => form.hours[day].length).map((day) => [day, copied(form.hours[day])]),
    ),
    holidays: form.holidays
      .filter((one) => one.date)
      .map((one) => (one.name.trim() ? { date: one.date, name: one.name.trim() } : one.date)),
    shifts: byDate(form.shifts),
    breaks: byDate(form.breaks),
  }
}
