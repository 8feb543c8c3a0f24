// A policy as a form: whom it is for, how fast by priority, what pauses it and what happens around the due moment.
import type { Priority } from '@/shared/types'
import { type Condition, isTest } from '../../conditions/terms'

export const KINDS = ['first_response', 'next_response', 'resolution'] as const
export type Kind = (typeof KINDS)[number]
export const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high', 'urgent']
export const PAUSES = ['waiting', 'on_hold'] as const

/** Facts of cases that promises do not depend on: who works on it and what time alone changes. */
export const NEVER_ASKED: readonly string[] = [
  'status',
  'category',
  'owner',
  'subject',
  'age',
  'waiting',
  'due_in',
  'unread',
  'escalated',
  'snoozed',
]

export interface Target {
  kind: Kind
  seconds: number
  when?: Condition | null
}

export interface StepAction {
  what: string
  [argument: string]: unknown
}

export interface Step {
  id: string
  offset_seconds: number
  actions: StepAction[]
  kind?: Kind | null
  wall?: boolean
}

export interface PolicyDefinition {
  when?: Condition | null
  targets?: Target[]
  pausing?: string[]
  steps?: Step[]
}

/** An amount of time as people enter it; empty where nothing is promised. */
export interface Amount {
  value: number | null
  unit: 'minutes' | 'hours'
}

export interface KindForm {
  usual: Amount
  /** A different amount for some priorities. */
  by: Partial<Record<Priority, Amount>>
}

export interface StepForm {
  id: string
  moment: 'before' | 'at' | 'after'
  amount: Amount
  kind: Kind | null
  wall: boolean
  actions: StepAction[]
}

export interface PolicyForm {
  when: Condition
  targets: Record<Kind, KindForm>
  /** Targets under conditions that this form has no inputs for; kept, and tried first. */
  otherTargets: Target[]
  pausing: string[]
  steps: StepForm[]
}

const MINUTE = 60
const HOUR = 60 * MINUTE

export function amountOf(seconds: number | null | undefined): Amount {
  if (!seconds) return { value: null, unit: 'hours' }
  return seconds % HOUR === 0 ? { value: seconds / HOUR, unit: 'hours' } : { value: seconds / MINUTE, unit: 'minutes' }
}

/** Whole seconds; 0 where nothing was entered. */
export function secondsOf(amount: Amount): number {
  return Math.round((amount.value ?? 0) * (amount.unit === 'hours' ? HOUR : MINUTE))
}

function partsOf(condition: Condition | null | undefined): Condition[] {
  if (!condition || Object.keys(condition).length === 0) return []
  return 'all' in condition && Array.isArray(condition.all) ? condition.all : [condition]
}

/** The values a test compares with, for "is" and "in"; null for any other question. */
function valuesOf(condition: Condition, fact: string): unknown[] | null {
  if (!isTest(condition) || condition.fact !== fact) return null
  if (condition.operator === 'is') return [condition.value]
  return condition.operator === 'in' && Array.isArray(condition.value) ? condition.value : null
}

const isPriority = (value: unknown): value is Priority => PRIORITIES.includes(value as Priority)

function emptyTargets(): Record<Kind, KindForm> {
  return Object.fromEntries(KINDS.map((kind) => [kind, { usual: amountOf(null), by: {} }])) as Record<Kind, KindForm>
}

function stepForm(step: Step): StepForm {
  return {
    id: step.id,
    moment: step.offset_seconds < 0 ? 'before' : step.offset_seconds > 0 ? 'after' : 'at',
    amount: step.offset_seconds ? amountOf(Math.abs(step.offset_seconds)) : { value: 1, unit: 'hours' },
    kind: step.kind ?? null,
    wall: step.wall ?? false,
    actions: step.actions.map((action) => ({ ...action })),
  }
}

export function policyFormOf(definition: PolicyDefinition): PolicyForm {
  const form: PolicyForm = {
    when: definition.when ?? {},
    targets: emptyTargets(),
    otherTargets: [],
    pausing: [...(definition.pausing ?? PAUSES)],
    steps: (definition.steps ?? []).map(stepForm),
  }
  for (const target of definition.targets ?? []) readTarget(form, target)
  return form
}

// The first target that holds counts, so a later one for the same priority says nothing.
function readTarget(form: PolicyForm, target: Target): void {
  const place = form.targets[target.kind]
  const parts = partsOf(target.when)
  if (parts.length === 0) {
    if (place.usual.value === null) place.usual = amountOf(target.seconds)
    return
  }
  const priorities = parts.length === 1 && parts[0] ? valuesOf(parts[0], 'priority') : null
  if (place.usual.value !== null) return
  if (!priorities?.every(isPriority)) form.otherTargets.push(target)
  else for (const priority of priorities) place.by[priority] ??= amountOf(target.seconds)
}

export function policyDefinitionOf(form: PolicyForm): PolicyDefinition {
  const targets: Target[] = [...form.otherTargets]
  for (const kind of KINDS) {
    const { usual, by } = form.targets[kind]
    for (const priority of [...PRIORITIES].reverse()) {
      const amount = by[priority]
      if (amount && secondsOf(amount) > 0) {
        targets.push({ kind, seconds: secondsOf(amount), when: { fact: 'priority', operator: 'is', value: priority } })
      }
    }
    if (secondsOf(usual) > 0) targets.push({ kind, seconds: secondsOf(usual) })
  }
  return {
    when: form.when,
    targets,
    pausing: [...form.pausing].sort(),
    steps: form.steps.map((step) => ({
      id: step.id,
      offset_seconds: step.moment === 'at' ? 0 : (step.moment === 'before' ? -1 : 1) * secondsOf(step.amount),
      actions: step.actions.map((action) => ({ ...action })),
      kind: step.kind,
      wall: step.wall,
    })),
  }
}

/** A short name that no other step has; it stays with the step, because what has fired is remembered by it. */
export function freshStepId(steps: readonly { id: string }[]): string {
  for (let number = steps.length + 1; ; number++) {
    if (!steps.some((step) => step.id === `step-${number}`)) return `step-${number}`
  }
}

/** What most desks want: a warning before, and at the breach the escalation queue, a higher priority and a word to the team. */
export function usualSteps(): StepForm[] {
  return [
    {
      id: 'warning',
      moment: 'before',
      amount: { value: 30, unit: 'minutes' },
      kind: null,
      wall: false,
      actions: [{ what: 'notify', whom: ['owner'] }],
    },
    {
      id: 'escalation',
      moment: 'at',
      amount: { value: 1, unit: 'hours' },
      kind: null,
      wall: false,
      actions: [
        { what: 'move_to_queue', queue: 'escalation' },
        { what: 'raise_priority', levels: 1 },
        { what: 'notify', whom: ['team', 'lead'] },
      ],
    },
  ]
}

/** The shortest and the longest promise of a kind, in seconds; null where none is made. */
export function rangeOf(form: KindForm): [shortest: number, longest: number] | null {
  const all = [form.usual, ...Object.values(form.by)].map(secondsOf).filter((seconds) => seconds > 0)
  return all.length ? [Math.min(...all), Math.max(...all)] : null
}
