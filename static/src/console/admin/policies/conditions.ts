// Which questions can be asked about which facts.
import type { FieldKind } from '../types'
import type { Condition, Test } from './terms'

export type FactSort = 'reference' | 'text' | 'list' | 'number' | 'date' | 'choice' | 'switch'

const SORTS: Record<string, FactSort> = {
  contact: 'reference',
  mailbox: 'reference',
  channel: 'choice',
  language: 'choice',
  tags: 'list',
  request_type: 'text',
}

/** The sort of a fact; of a custom field by its kind. */
export function sortOf(fact: string, kind?: FieldKind): FactSort {
  return kind ?? SORTS[fact] ?? 'text'
}

export const OPERATORS_OF: Record<FactSort, readonly [string, ...string[]]> = {
  reference: ['is', 'is_not', 'known'],
  text: ['is', 'is_not', 'contains', 'contains_not', 'known'],
  list: ['contains', 'contains_not'],
  number: ['is', 'is_not', 'less', 'more', 'known'],
  date: ['is', 'less', 'more', 'known'],
  choice: ['is', 'is_not', 'known'],
  switch: ['is', 'known'],
}

/** Whether the form has inputs for this condition: one question, about one value, and a fact that it knows. */
export function isPlain(condition: Condition): condition is Test {
  if (!('fact' in condition) || typeof condition.fact !== 'string') return false
  const { fact, operator, value } = condition as Test
  const known = fact in SORTS || fact.startsWith('fields.')
  const asked = Object.values(OPERATORS_OF).some((list) => list.includes(operator))
  return known && asked && ['string', 'number', 'boolean'].includes(typeof value)
}

/** A question whose value is still missing. */
export const isUnfinished = (test: Test) => test.value === '' || test.value === null || test.value === undefined
