import { describe, expect, it } from 'vitest'
import { type Condition, conditionOf, FACTS, formOf, type Group, isFinished, kindOf, OPERATORS } from './terms'

const high: Condition = { fact: 'priority', operator: 'in', value: ['urgent', 'high'] }
const late: Condition = { fact: 'due_in', operator: 'less', value: 7200 }
const vip: Condition = { fact: 'tags', operator: 'contains', value: 'vip' }

describe('a condition as a form', () => {
  it('comes back as it was, whatever groups stand within each other', () => {
    const conditions: Condition[] = [
      {},
      { all: [high] },
      {
        any: [
          late,
          { fact: 'owner', operator: 'known', value: false },
          { fact: 'unread', operator: 'is', value: true },
          { fact: 'tags', operator: 'contains_not', value: 'vip' },
          { fact: 'fields.shop', operator: 'is', value: 'Kallio' },
        ],
      },
      { not: vip },
      { not: { any: [vip, late] } },
      { all: [high, { any: [vip, { not: { all: [late, { not: high }] } }] }] },
    ]
    for (const condition of conditions) expect(conditionOf(formOf(condition))).toEqual(condition)
  })
  it('says in its own words what other programs wrote', () => {
    const cases: [Condition, Condition][] = [
      [{ fact: 'owner', operator: 'is', value: 'me' }, { all: [{ fact: 'owner', operator: 'in', value: ['me'] }] }],
      [
        { fact: 'owner', operator: 'is_not', value: null },
        { all: [{ fact: 'owner', operator: 'known', value: true }] },
      ],
      [
        { fact: 'priority', operator: 'more', value: 'normal' },
        { all: [{ fact: 'priority', operator: 'in', value: ['high', 'urgent'] }] },
      ],
      [
        { fact: 'fields.shop', operator: 'not_in', value: ['a', 'b'] },
        {
          not: {
            any: [
              { fact: 'fields.shop', operator: 'is', value: 'a' },
              { fact: 'fields.shop', operator: 'is', value: 'b' },
            ],
          },
        },
      ],
    ]
    for (const [given, shown] of cases) expect(conditionOf(formOf(given))).toEqual(shown)
  })
  it('leaves out what says nothing yet, and knows that it is unfinished', () => {
    const empty = { fact: 'queue', operator: 'in', value: [] }
    const form: Group = { how: 'all', parts: [{ how: 'any', parts: [empty] }] }
    expect(isFinished(form)).toBe(false)
    expect(conditionOf(form)).toEqual({})
    expect(isFinished({ how: 'all', parts: [{ how: 'none', parts: [] }] })).toBe(false)
    expect(isFinished({ how: 'all', parts: [] })).toBe(true)
  })
  it('knows operators for every fact', () => {
    for (const fact of [...Object.keys(FACTS), 'fields.any']) expect(OPERATORS[kindOf(fact)].length).toBeGreaterThan(0)
  })
})
