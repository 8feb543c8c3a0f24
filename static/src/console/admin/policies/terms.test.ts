import { describe, expect, it } from 'vitest'
import { type Condition, conditionOf, FACTS, formOf } from '../../conditions/terms'
import {
  amountOf,
  freshStepId,
  NEVER_ASKED,
  type PolicyDefinition,
  policyDefinitionOf,
  policyFormOf,
  rangeOf,
  secondsOf,
  usualSteps,
} from './terms'

describe('amountOf and secondsOf', () => {
  it('speak in whole hours where that is exact', () => {
    expect(amountOf(7200)).toEqual({ value: 2, unit: 'hours' })
    expect(amountOf(5400)).toEqual({ value: 90, unit: 'minutes' })
    expect(amountOf(undefined).value).toBeNull()
    expect(secondsOf({ value: 1.5, unit: 'hours' })).toBe(5400)
    expect(secondsOf({ value: null, unit: 'hours' })).toBe(0)
  })
})

describe('a policy as a form', () => {
  const definition: PolicyDefinition = {
    when: {
      all: [
        { fact: 'priority', operator: 'in', value: ['high', 'urgent'] },
        { fact: 'account', operator: 'is', value: 7 },
        { fact: 'tags', operator: 'contains', value: 'vip' },
        { any: [{ fact: 'tags', operator: 'contains', value: 'oven' }] },
      ],
    },
    targets: [
      { kind: 'first_response', seconds: 900, when: { fact: 'priority', operator: 'is', value: 'urgent' } },
      { kind: 'first_response', seconds: 3600 },
      { kind: 'resolution', seconds: 28800 },
    ],
    pausing: ['waiting'],
    steps: [
      {
        id: 'warning',
        offset_seconds: -1800,
        actions: [{ what: 'notify', whom: ['owner'] }],
        kind: 'resolution',
        wall: true,
      },
      {
        id: 'escalation',
        offset_seconds: 0,
        actions: [{ what: 'move_to_queue', queue: 'escalation' }],
        kind: null,
        wall: false,
      },
    ],
  }

  it('comes back as it was, with what it cannot show', () => {
    const form = policyFormOf(definition)
    expect(form.when).toEqual(definition.when)
    expect(form.targets.first_response.by.urgent).toEqual({ value: 15, unit: 'minutes' })
    expect(form.steps[0]).toMatchObject({ moment: 'before', amount: { value: 30, unit: 'minutes' }, wall: true })
    expect(policyDefinitionOf(form)).toEqual(definition)
  })
  it('keeps targets under other conditions, in front of the rest', () => {
    const special = { kind: 'resolution' as const, seconds: 60, when: { fact: 'mailbox', operator: 'is', value: 3 } }
    const form = policyFormOf({ targets: [special, { kind: 'resolution', seconds: 120 }] })
    expect(policyDefinitionOf(form).targets).toEqual([special, { kind: 'resolution', seconds: 120 }])
  })
  it('means everybody and the usual pauses where nothing is said', () => {
    const form = policyFormOf({})
    expect(form.pausing).toEqual(['waiting', 'on_hold'])
    expect(policyDefinitionOf(form)).toEqual({ when: {}, targets: [], pausing: ['on_hold', 'waiting'], steps: [] })
  })
  it('names steps so that no two are called the same', () => {
    expect(freshStepId([{ id: 'step-2' }])).toBe('step-3')
    expect(freshStepId(usualSteps())).toBe('step-3')
  })
})

describe('the condition of a policy in the editor', () => {
  it('has inputs for all that policies could ask before, and loses nothing', () => {
    const when: { all: Condition[] } = {
      all: [
        { fact: 'account', operator: 'in', value: [1, 2] },
        { fact: 'request_type', operator: 'is_not', value: 'Repair' },
        { fact: 'fields.oven', operator: 'contains', value: 'Rational' },
        { fact: 'fields.built', operator: 'less', value: '2020-01-01' },
        { any: [{ fact: 'mailbox', operator: 'is', value: 3 }] },
      ],
    }
    const parts = when.all.slice(0, 4)
    expect(conditionOf(formOf(when))).toEqual({
      all: [...parts, { any: [{ fact: 'mailbox', operator: 'in', value: [3] }] }],
    })
  })
  it('does not offer what the facts of a promise leave out', () => {
    // What app/service_levels/rules.py gives policies to ask about, custom fields aside.
    const asked = ['priority', 'queue', 'account', 'contact', 'mailbox', 'channel', 'language', 'tags']
    expect(Object.keys(FACTS).filter((fact) => !NEVER_ASKED.includes(fact))).toEqual(asked)
  })
})

describe('rangeOf', () => {
  it('spans what is promised to different priorities', () => {
    const form = policyFormOf({
      targets: [
        { kind: 'resolution', seconds: 3600, when: { fact: 'priority', operator: 'is', value: 'urgent' } },
        { kind: 'resolution', seconds: 7200, when: { fact: 'priority', operator: 'is', value: 'low' } },
      ],
    })
    expect(rangeOf(form.targets.resolution)).toEqual([3600, 7200])
    expect(rangeOf(form.targets.first_response)).toBeNull()
  })
})
