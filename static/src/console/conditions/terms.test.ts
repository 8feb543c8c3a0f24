import { describe, expect, it } from 'vitest'
import { type Condition, conditionOf, FACTS, formOf, isComplete, kindOf, OPERATORS } from './terms'

describe('a condition as a form', () => {
  it('comes back as it was', () => {
    const conditions: Condition[] = [
      {},
      { all: [{ fact: 'priority', operator: 'in', value: ['urgent', 'high'] }] },
      {
        any: [
          { fact: 'due_in', operator: 'less', value: 7200 },
          { fact: 'owner', operator: 'known', value: false },
          { fact: 'unread', operator: 'is', value: true },
          { fact: 'tags', operator: 'contains_not', value: 'vip' },
          { fact: 'fields.shop', operator: 'is', value: 'Kallio' },
        ],
      },
    ]
    for (const condition of conditions) expect(conditionOf(formOf(condition))).toEqual(condition)
  })
  it('shows one value as a list of one, and keeps what it has no inputs for', () => {
    const nested: Condition = { not: { fact: 'queue', operator: 'is', value: 1 } }
    const form = formOf({ all: [{ fact: 'owner', operator: 'is', value: 'me' }, nested] })
    expect(form.rows).toEqual([{ fact: 'owner', operator: 'in', value: ['me'] }])
    expect(form.others).toEqual([nested])
    expect(conditionOf(form)).toEqual({ all: [{ fact: 'owner', operator: 'in', value: ['me'] }, nested] })
  })
  it('leaves out rows that say nothing yet', () => {
    const empty = { fact: 'queue', operator: 'in', value: [] }
    expect(isComplete(empty)).toBe(false)
    expect(conditionOf({ every: true, rows: [empty], others: [] })).toEqual({})
  })
  it('knows operators for every fact', () => {
    for (const fact of [...Object.keys(FACTS), 'fields.any']) expect(OPERATORS[kindOf(fact)].length).toBeGreaterThan(0)
  })
})
