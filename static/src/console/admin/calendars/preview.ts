// The server's answer to "what do these hours mean", as days with bars.
import { MINUTES_OF_DAY, minutesOf, type Pair } from './week'

export interface PreviewDay {
  date: string
  periods: Pair[]
  holiday: string
  /** In percent of the day. */
  bars: { left: number; width: number }[]
}

interface AnsweredDay {
  date: string
  periods?: Pair[]
  windows?: Pair[]
  open?: Pair[]
  holiday?: string | boolean | null
}

export type PreviewAnswer = AnsweredDay[] | { days: AnsweredDay[] }

function inZone(moment: string, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(new Date(moment))
}

/** Times of the wall stay as they are; moments are read in the calendar's own zone. */
function wallTime(value: string, zone: string): string {
  return value.includes('T') ? inZone(value, zone) : value.slice(0, 5)
}

export function previewDays(answer: PreviewAnswer, zone: string): PreviewDay[] {
  const days = Array.isArray(answer) ? answer : (answer.days ?? [])
  return days.map((day) => {
    const periods = (day.periods ?? day.windows ?? day.open ?? []).map(([from, to]): Pair => {
      const end = wallTime(to, zone)
      return [wallTime(from, zone), end === '00:00' ? '24:00' : end]
    })
    return {
      date: day.date,
      periods,
      holiday: typeof day.holiday === 'string' ? day.holiday : '',
      bars: periods.map(([from, to]) => {
        const start = minutesOf(from) ?? 0
        const end = minutesOf(to) ?? MINUTES_OF_DAY
        return { left: (start / MINUTES_OF_DAY) * 100, width: (Math.max(end - start, 0) / MINUTES_OF_DAY) * 100 }
      }),
    }
  })
}
