import { describe, expect, it } from 'vitest'
import { isPlain, isUnfinished, OPERATORS_OF, sortOf } from './conditions'
import { policyDefinitionOf, policyFormOf } from './terms'

describe('isPlain', () => {
  it('takes single questions about facts that the form knows', () => {
    expect(isPlain({ fact: 'tags', operator: 'contains', value: 'vip' })).toBe(true)
    expect(isPlain({ fact: 'fields.oven', operator: 'known', value: false })).toBe(true)
    expect(isPlain({ fact: 'contact', operator: 'in', value: [1, 2] })).toBe(false)
    expect(isPlain({ fact: 'weather', operator: 'is', value: 'bad' })).toBe(false)
    expect(isPlain({ any: [{ fact: 'tags', operator: 'contains', value: 'vip' }] })).toBe(false)
  })
})

describe('sortOf', () => {
  it('asks custom fields by their kind and everything by some operator', () => {
    expect([sortOf('fields.oven', 'number'), sortOf('fields.gone'), sortOf('mailbox')]).toEqual([
      'number',
      'text',
      'reference',
    ])
    for (const list of Object.values(OPERATORS_OF)) expect(list.length).toBeGreaterThan(0)
    expect(isUnfinished({ fact: 'tags', operator: 'contains', value: '' })).toBe(true)
    expect(isUnfinished({ fact: 'fields.on', operator: 'is', value: false })).toBe(false)
  })
})

describe('policies with further conditions', () => {
  it('give back the definition they were given', () => {
    const when = {
      all: [
        { fact: 'account', operator: 'in', value: [1, 2] },
        { fact: 'tags', operator: 'contains', value: 'vip' },
        { fact: 'fields.oven', operator: 'more', value: 3 },
        { any: [{ fact: 'weather', operator: 'is', value: 'bad' }] },
      ],
    }
    const form = policyFormOf({ when })
    expect([form.extra.length, form.others.length]).toEqual([2, 1])
    expect(policyDefinitionOf(form).when).toEqual(when)
  })
})
