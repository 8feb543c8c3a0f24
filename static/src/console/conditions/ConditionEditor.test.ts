import { VueQueryPlugin } from '@tanstack/vue-query'
import { type DOMWrapper, flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'
import { createMemoryHistory, createRouter } from 'vue-router'
import english from '../locales/en.json'
import ConditionEditor from './ConditionEditor.vue'
import type { Condition } from './terms'

const FIELDS = [{ key: 'oven', names: { en: 'Oven' }, kind: 'choice', choices: ['Deck', 'Rack'] }]
const either: Condition = {
  any: [
    { fact: 'tags', operator: 'contains', value: 'vip' },
    { fact: 'fields.oven', operator: 'is', value: 'Rack' },
    {
      not: {
        all: [
          { fact: 'queue', operator: 'is', value: 1 },
          { fact: 'tags', operator: 'contains', value: 'oven' },
        ],
      },
    },
  ],
}

function shown(condition: Condition, more: Record<string, unknown> = {}) {
  const i18n = createI18n({ legacy: false, locale: 'en', messages: { en: english }, missingWarn: false })
  return mount(ConditionEditor, {
    attachTo: document.body,
    props: { modelValue: condition, label: 'Which cases', ...more },
    global: { plugins: [createPinia(), i18n, VueQueryPlugin, router] },
  })
}
const router = createRouter({
  history: createMemoryHistory(),
  routes: [{ path: '/', component: { template: '<i />' } }],
})
const named = (name: string) => `[aria-label="${name}"]`
const lastButton = (editor: ReturnType<typeof shown>, text: string) =>
  editor
    .findAll('button')
    .filter((button) => button.text() === text)
    .at(-1) as DOMWrapper<Element>
const lastOf = <T>(given: T[][] | undefined) => given?.at(-1)?.[0]

// Milliseconds: each test builds menus of the real component library, on machines that do other work too.
describe('the condition editor', { timeout: 30_000 }, () => {
  beforeEach(() => {
    vi.stubGlobal('fetch', async (url: string | URL | Request) =>
      Response.json(String(url instanceof Request ? url.url : url).includes('fields') ? FIELDS : []),
    )
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    document.body.innerHTML = ''
  })

  it('shows what it was given and does not change it by that', async () => {
    const editor = shown(either)
    await flushPromises()
    expect(editor.find(named('How many must hold')).text()).toContain('Any of these holds')
    const [any, none, all] = editor.findAll(named('How many must hold')).map((one) => one.text())
    expect([any, none, all].map((text) => text?.split(' ')[0])).toEqual(['Any', 'None', 'All'])
    expect(editor.findAll('[role="group"]').map((group) => group.attributes('aria-label'))).toEqual(
      Array(2).fill('Group of conditions'),
    )
    expect(editor.findAll(named('What'))).toHaveLength(4)
    expect(editor.text()).toContain('Oven')
    expect(editor.emitted('update:modelValue')).toBeUndefined()
  })

  it('says that a new row is unfinished, and marks its value where an error is shown', async () => {
    const editor = shown({}, { error: 'Say what it is compared with.' })
    await lastButton(editor, 'Add a condition').trigger('click')
    await flushPromises()
    expect(lastOf(editor.emitted('update:unfinished'))).toBe(true)
    expect(editor.find(named('Value')).attributes('aria-invalid')).toBe('true')
    const described = editor.find('fieldset').attributes('aria-describedby')
    expect(editor.find(`#${described}`).text()).toBe('Say what it is compared with.')
    expect(editor.emitted('update:modelValue')).toBeUndefined()
    await editor.find(named('Remove')).trigger('click')
    expect(lastOf(editor.emitted('update:unfinished'))).toBe(false)
  })

  it('keeps the place of the keyboard when rows come and go', async () => {
    const editor = shown(either)
    await lastButton(editor, 'Add a condition').trigger('click')
    await flushPromises()
    expect(document.activeElement).toBe(editor.findAll(named('What')).at(-1)?.element)
    await editor.findAll(named('Remove'))[0]?.trigger('click')
    await flushPromises()
    expect(document.activeElement).toBe(editor.findAll(named('Remove'))[0]?.element)
  })

  it('adds a group, asks in it, and takes it out again', async () => {
    const editor = shown({ fact: 'tags', operator: 'contains', value: 'vip' })
    await lastButton(editor, 'Add a group').trigger('click')
    await flushPromises()
    expect(document.activeElement).toBe(editor.findAll(named('How many must hold'))[1]?.element)
    expect(lastOf(editor.emitted('update:unfinished'))).toBe(true)
    await editor.find(named('Remove the group')).trigger('click')
    await flushPromises()
    expect(lastOf(editor.emitted('update:unfinished'))).toBe(false)
    expect(document.activeElement?.textContent).toContain('Add a condition')
    expect(editor.emitted('update:modelValue')?.every(([now]) => JSON.stringify(now).includes('vip'))).toBe(true)
  })

  it('leads to its button when the last row goes', async () => {
    const editor = shown({ fact: 'tags', operator: 'contains', value: 'vip' })
    await editor.find(named('Remove')).trigger('click')
    await flushPromises()
    expect(document.activeElement?.textContent).toContain('Add a condition')
    expect(lastOf(editor.emitted('update:modelValue'))).toEqual({})
  })
})
