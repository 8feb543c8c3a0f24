// What a macro does, step by step: the shapes of the API, and each step in words.
import { useI18n } from 'vue-i18n'
import { language, named } from '../../shared/i18n'
import type { Priority } from '../../shared/types'
import type { Condition } from '../conditions/terms'
import { useWork } from '../stores/work'

export type Step =
  | { do: 'reply'; texts: Record<string, string> }
  | { do: 'note'; text: string }
  | { do: 'status'; status: string }
  | { do: 'priority'; priority: Priority }
  | { do: 'queue'; queue_id: number }
  | { do: 'owner'; owner: number | 'me' | null }
  | { do: 'add_tags'; tags: string[] }
  | { do: 'remove_tags'; tags: string[] }
  | { do: 'snooze'; minutes: number }
  | { do: 'watch'; watch: boolean }
export type StepKind = Step['do']

export interface Sharing {
  shared: boolean
  team_id: number | null
  queue_id: number | null
}

export interface Macro extends Sharing {
  id: number
  name: string
  actions: Step[]
  condition: Condition
  sort: number
  editable: boolean
  usable: boolean
}

export interface Beside {
  kind: 'message' | 'note' | 'watch' | 'unwatch'
  text: string
}

export const ICONS: Record<StepKind, string> = {
  reply: 'i-lucide-reply',
  note: 'i-lucide-lock',
  status: 'i-lucide-circle-dot',
  priority: 'i-lucide-signal',
  queue: 'i-lucide-inbox',
  owner: 'i-lucide-user-round',
  add_tags: 'i-lucide-tag',
  remove_tags: 'i-lucide-x',
  snooze: 'i-lucide-alarm-clock',
  watch: 'i-lucide-eye',
}
export const KINDS = Object.keys(ICONS) as StepKind[]
export const UNITS = { day: 1440, hour: 60, minute: 1 } as const
export type Unit = keyof typeof UNITS

/** The largest unit that says it in whole numbers. */
export function amountOf(minutes: number): { amount: number; unit: Unit } {
  const unit = (Object.keys(UNITS) as Unit[]).find((one) => minutes % UNITS[one] === 0) ?? 'minute'
  return { amount: minutes / UNITS[unit], unit }
}

/** A step as it is when it is added. */
export function emptyStep(kind: StepKind): Step {
  switch (kind) {
    case 'reply':
      return { do: kind, texts: {} }
    case 'note':
      return { do: kind, text: '' }
    case 'status':
      return { do: kind, status: '' }
    case 'priority':
      return { do: kind, priority: 'high' }
    case 'queue':
      return { do: kind, queue_id: 0 }
    case 'owner':
      return { do: kind, owner: 'me' }
    case 'add_tags':
    case 'remove_tags':
      return { do: kind, tags: [] }
    case 'snooze':
      return { do: kind, minutes: UNITS.day }
    case 'watch':
      return { do: kind, watch: true }
  }
}

/** Whether a step says enough to be done. */
export function isComplete(step: Step): boolean {
  if (step.do === 'reply') return Object.values(step.texts).some((text) => text.trim() !== '')
  if (step.do === 'note') return step.text.trim() !== ''
  if (step.do === 'status') return step.status !== ''
  if (step.do === 'queue') return step.queue_id > 0
  if (step.do === 'add_tags' || step.do === 'remove_tags') return step.tags.length > 0
  return step.do !== 'snooze' || step.minutes > 0
}

export function useStepWords(): (step: Step) => string {
  const { t } = useI18n()
  const work = useWork()
  const duration = (minutes: number) => {
    const { amount, unit } = amountOf(minutes)
    return new Intl.NumberFormat(language.value, { style: 'unit', unit, unitDisplay: 'long' }).format(amount)
  }
  function value(step: Step): string {
    switch (step.do) {
      case 'status':
        return named(work.statusOf(step.status)?.names ?? {}) || step.status
      case 'priority':
        return t(`shared.priority.${step.priority}`)
      case 'queue':
        return work.queueName(step.queue_id)
      case 'owner':
        if (step.owner === 'me') return t('console.macro.me')
        return work.colleagues.find((person) => person.id === step.owner)?.name ?? t('console.nobody')
      case 'add_tags':
      case 'remove_tags':
        return step.tags.join(', ')
      case 'snooze':
        return duration(step.minutes)
      default:
        return ''
    }
  }
  return (step) => {
    const what = t(step.do === 'watch' && !step.watch ? 'console.macro.do_unwatch' : `console.macro.do_${step.do}`)
    const said = value(step)
    return said ? `${what}: ${said}` : what
  }
}
