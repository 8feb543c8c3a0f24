// A condition over cases as a form: groups of rows and groups, of which all, any or none must hold; pure.
export type Plain = string | number | boolean | null
export interface Test {
  fact: string
  operator: string
  value: Plain | Plain[]
}
export type Condition = Test | { all: Condition[] } | { any: Condition[] } | { not: Condition } | Record<string, never>

export type FactKind = 'choice' | 'id' | 'list' | 'seconds' | 'flag' | 'text' | 'custom'

export const FACTS: Record<string, FactKind> = {
  status: 'choice',
  category: 'choice',
  priority: 'choice',
  queue: 'id',
  owner: 'id',
  account: 'id',
  contact: 'id',
  mailbox: 'id',
  channel: 'choice',
  language: 'choice',
  tags: 'list',
  subject: 'text',
  age: 'seconds',
  waiting: 'seconds',
  due_in: 'seconds',
  unread: 'flag',
  escalated: 'flag',
  snoozed: 'flag',
}

/** What may be asked of each kind of fact; `known` and `unknown` are one operator with true or false. */
export const OPERATORS: Record<FactKind, readonly string[]> = {
  choice: ['in', 'not_in'],
  id: ['in', 'not_in', 'known', 'unknown'],
  list: ['contains', 'contains_not', 'known', 'unknown'],
  seconds: ['less', 'more', 'known', 'unknown'],
  flag: ['is'],
  text: ['contains', 'contains_not'],
  custom: ['is', 'is_not', 'contains', 'contains_not', 'less', 'more', 'known', 'unknown'],
}

export interface Row {
  fact: string
  operator: string
  /** A list for `in` and `not_in`, hours for seconds, else the value itself. */
  value: Plain | Plain[]
}

export const HOWS = ['all', 'any', 'none'] as const
export type How = (typeof HOWS)[number]

export interface Group {
  how: How
  parts: Part[]
}
export type Part = Row | Group

/** Groups within groups that the form offers to add; deeper ones are shown where they are given. */
export const DEEPEST = 3

const HOUR = 3600
const PRIORITIES = ['low', 'normal', 'high', 'urgent']

export const kindOf = (fact: string): FactKind => FACTS[fact] ?? 'custom'
export const isTest = (condition: Condition): condition is Test => 'fact' in condition && 'operator' in condition
export const isGroup = (part: Part): part is Group => 'parts' in part
export const withoutValue = (operator: string): boolean => operator === 'known' || operator === 'unknown'

/** A row as it is when it is added. */
export const emptyRow = (): Row => ({ fact: 'priority', operator: 'in', value: [] })

/** The value a row begins with when its fact or operator is chosen. */
export function emptyValue(fact: string, operator: string): Plain | Plain[] {
  if (withoutValue(operator)) return true
  const kind = kindOf(fact)
  if (kind === 'choice' || kind === 'id') return []
  if (kind === 'seconds') return 1
  return kind === 'flag' ? true : ''
}

function partOfTest({ fact, operator, value }: Test): Part {
  const kind = kindOf(fact)
  if (operator === 'known') return { fact, operator: value ? 'known' : 'unknown', value: true }
  if (kind === 'id' && value === null) return { fact, operator: operator === 'is' ? 'unknown' : 'known', value: true }
  if (fact === 'priority' && (operator === 'less' || operator === 'more')) {
    const place = PRIORITIES.indexOf(String(value))
    return {
      fact,
      operator: 'in',
      value: operator === 'less' ? PRIORITIES.slice(0, place) : PRIORITIES.slice(place + 1),
    }
  }
  if (kind === 'choice' || kind === 'id') {
    const named = { is: 'in', is_not: 'not_in' }[operator] ?? operator
    return { fact, operator: named, value: Array.isArray(value) ? [...value] : [value] }
  }
  if (Array.isArray(value)) {
    const parts = value.map((one): Row => ({ fact, operator: 'is', value: one }))
    return { how: operator === 'not_in' ? 'none' : 'any', parts }
  }
  return { fact, operator, value: kind === 'seconds' ? Number(value) / HOUR : value }
}

function partOf(condition: Condition): Part {
  if (isTest(condition)) return partOfTest(condition)
  if ('not' in condition) {
    const part = partOf(condition.not as Condition)
    return isGroup(part) && part.how === 'any' ? { how: 'none', parts: part.parts } : { how: 'none', parts: [part] }
  }
  if ('any' in condition) return { how: 'any', parts: (condition.any as Condition[]).map(partOf) }
  return { how: 'all', parts: 'all' in condition ? (condition.all as Condition[]).map(partOf) : [] }
}

/** The form of a condition; nothing, or one question alone, is a group in which all must hold. */
export function formOf(condition: Condition | null | undefined): Group {
  const part = partOf(condition ?? {})
  return isGroup(part) ? part : { how: 'all', parts: [part] }
}

function testOf(row: Row): Test {
  if (withoutValue(row.operator)) return { fact: row.fact, operator: 'known', value: row.operator === 'known' }
  if (kindOf(row.fact) === 'seconds')
    return { ...row, value: Math.round(Number(Array.isArray(row.value) ? 0 : row.value) * HOUR) }
  return { ...row, value: Array.isArray(row.value) ? [...row.value] : row.value }
}

/** Whether a row, or every row of a group in it, says enough to be asked. A group within must ask something. */
export function isComplete(part: Part): boolean {
  if (isGroup(part)) return part.parts.length > 0 && part.parts.every(isComplete)
  if (withoutValue(part.operator) || typeof part.value === 'boolean') return true
  if (Array.isArray(part.value)) return part.value.length > 0
  return part.value !== '' && part.value !== null
}

/** Whether nothing of the form is still to be said; a form that asks nothing is finished too. */
export const isFinished = (form: Group): boolean => form.parts.every(isComplete)

/** The condition of a form; what is unfinished is no part of it. */
export function conditionOf({ how, parts }: Group): Condition {
  const asked = parts.flatMap((part): Condition[] => {
    if (!isGroup(part)) return isComplete(part) ? [testOf(part)] : []
    const within = conditionOf(part)
    return Object.keys(within).length ? [within] : []
  })
  if (asked.length === 0) return {}
  if (how === 'none') return { not: asked.length === 1 ? (asked[0] as Condition) : { any: asked } }
  return how === 'all' ? { all: asked } : { any: asked }
}
