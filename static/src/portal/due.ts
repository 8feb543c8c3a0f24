// What a customer is told about the expected answer: by when, late, or paused.
import type { Category } from '@/shared/types'

export interface Due {
  answer_by: string | null
  paused: boolean
}

export type DueKind = 'by' | 'overdue' | 'paused' | 'waiting'

export interface DueText {
  kind: DueKind
  /** The moment in words; absent where the time stands still. */
  when?: string
}

type Translate = (key: string, values: Record<string, string>) => string

const DAY = 86_400_000

function dayStart(moment: Date): number {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime()
}

/** A moment near now as people say it: a time, a neighbouring day, a weekday, or a date. */
export function momentInWords(moment: Date, now: Date, language: string, translate: Translate): string {
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(moment)
  // Rounded because a day around a change of the clock has 23 or 25 hours.
  const days = Math.round((dayStart(moment) - dayStart(now)) / DAY)
  if (days === 0) return time
  if (days === 1) return translate('portal.due.tomorrow', { time })
  if (days === -1) return translate('portal.due.yesterday', { time })
  if (days > 1 && days < 7) {
    const weekday = new Intl.DateTimeFormat(language, { weekday: 'long' }).format(moment)
    // Finnish says "on Tuesday" with an ending, and all seven names take the same one.
    return language === 'fi' ? `${weekday}na klo ${time}` : `${weekday} ${time}`
  }
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
  }).format(moment)
}

/** `category` tells why the time stands still: for the customer ("waiting"), or for somebody else ("paused"). */
export function dueText(
  due: Due | null | undefined,
  category: Category,
  now: Date,
  language: string,
  translate: Translate,
): DueText | null {
  if (!due) return null
  if (due.paused) return { kind: category === 'waiting' ? 'waiting' : 'paused' }
  if (!due.answer_by) return null
  const moment = new Date(due.answer_by)
  return { kind: moment < now ? 'overdue' : 'by', when: momentInWords(moment, now, language, translate) }
}
