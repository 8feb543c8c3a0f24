// A condition over cases as a form: rows of fact, operator and value, of which all or any must hold; pure.
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

/** What may be asked of each kind of fact. */
export type Operators = Record<FactKind, readonly string[]>

/** What queues, views and macros may ask; `known` and `unknown` are one operator with true or false. */
export const OPERATORS: Operators = {
  choice: ['in', 'not_in'],
  id: ['in', 'not_in', 'known', 'unknown'],
  list: ['contains', 'contains_not'],
  seconds: ['less', 'more', 'known', 'unknown'],
  flag: ['is'],
  text: ['contains', 'contains_not'],
  custom: ['is', 'is_not', 'less', 'more', 'known', 'unknown'],
}

export interface Row {
  fact: string
  operator: string
  /** A list for `in` and `not_in`, hours for seconds, else the value itself. */
  value: Plain | Plain[]
}

export interface ConditionForm {
  every: boolean
  rows: Row[]
  /** Parts that this form has no inputs for; kept as they are. */
  others: Condition[]
}

const HOUR = 3600

export const kindOf = (fact: string): FactKind => FACTS[fact] ?? 'custom'
export const isTest = (condition: Condition): condition is Test => 'fact' in condition && 'operator' in condition
export const withoutValue = (operator: string): boolean => operator === 'known' || operator === 'unknown'

/** The value a row begins with when its fact or operator is chosen. */
export function emptyValue(fact: string, operator: string): Plain | Plain[] {
  if (withoutValue(operator)) return true
  const kind = kindOf(fact)
  if (kind === 'choice' || kind === 'id') return []
  if (kind === 'seconds') return 1
  return kind === 'flag' ? true : ''
}

function rowOf(test: Test, operators: Operators): Row | null {
  const kind = kindOf(test.fact)
  if (test.operator === 'known') return { ...test, operator: test.value ? 'known' : 'unknown', value: true }
  if (kind === 'choice' || kind === 'id') {
    const operator = { is: 'in', is_not: 'not_in' }[test.operator] ?? test.operator
    const value = Array.isArray(test.value) ? test.value : [test.value]
    return operators[kind].includes(operator) && !value.includes(null) ? { fact: test.fact, operator, value } : null
  }
  if (!operators[kind].includes(test.operator) || Array.isArray(test.value)) return null
  if (kind === 'seconds') return typeof test.value === 'number' ? { ...test, value: test.value / HOUR } : null
  return { ...test }
}

export function formOf(condition: Condition | null | undefined, operators: Operators = OPERATORS): ConditionForm {
  const form: ConditionForm = { every: true, rows: [], others: [] }
  if (!condition || Object.keys(condition).length === 0) return form
  let parts: Condition[] = [condition]
  if ('all' in condition && Array.isArray(condition.all)) parts = condition.all
  else if ('any' in condition && Array.isArray(condition.any)) {
    parts = condition.any
    form.every = false
  }
  for (const part of parts) {
    const row = isTest(part) ? rowOf(part, operators) : null
    if (row) form.rows.push(row)
    else form.others.push(part)
  }
  return form
}

function testOf(row: Row): Test {
  if (withoutValue(row.operator)) return { fact: row.fact, operator: 'known', value: row.operator === 'known' }
  if (kindOf(row.fact) === 'seconds')
    return { ...row, value: Math.round(Number(Array.isArray(row.value) ? 0 : row.value) * HOUR) }
  return { ...row, value: Array.isArray(row.value) ? [...row.value] : row.value }
}

/** Whether a row says enough to be asked. */
export function isComplete(row: Row): boolean {
  if (withoutValue(row.operator) || typeof row.value === 'boolean') return true
  if (Array.isArray(row.value)) return row.value.length > 0
  return row.value !== '' && row.value !== null
}

export function conditionOf(form: ConditionForm): Condition {
  const parts: Condition[] = [...form.rows.filter(isComplete).map(testOf), ...form.others]
  if (parts.length === 0) return {}
  return form.every ? { all: parts } : { any: parts }
}
