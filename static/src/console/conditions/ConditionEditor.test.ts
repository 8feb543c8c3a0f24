import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'
import english from '../locales/en.json'
import ConditionEditor from './ConditionEditor.vue'
import type { Condition } from './terms'

const FIELDS = [{ key: 'oven', names: { en: 'Oven' }, kind: 'choice', choices: ['Deck', 'Rack'] }]
const either: Condition = {
  any: [
    { fact: 'tags', operator: 'contains', value: 'vip' },
    { fact: 'fields.oven', operator: 'is', value: 'Rack' },
    { all: [{ fact: 'queue', operator: 'is', value: 1 }] },
  ],
}

function shown(condition: Condition, more: Record<string, unknown> = {}) {
  const i18n = createI18n({ legacy: false, locale: 'en', messages: { en: english }, missingWarn: false })
  return mount(ConditionEditor, {
    attachTo: document.body,
    props: { modelValue: condition, label: 'Which cases', ...more },
    global: { plugins: [createPinia(), i18n, VueQueryPlugin] },
  })
}
const named = (name: string) => `[aria-label="${name}"]`
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
    expect(editor.findAll('li')).toHaveLength(3)
    expect(editor.find('code').text()).toBe(JSON.stringify((either as { any: Condition[] }).any[2]))
    expect(editor.text()).toContain('Oven')
    expect(editor.emitted('update:modelValue')).toBeUndefined()
  })

  it('says that a new row is unfinished, and marks its value where an error is shown', async () => {
    const editor = shown({}, { error: 'Say what it is compared with.' })
    await editor.findAll('button').at(-1)?.trigger('click')
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
    await editor.findAll('button').at(-1)?.trigger('click')
    await flushPromises()
    expect(document.activeElement).toBe(editor.findAll(named('What'))[2]?.element)
    await editor.findAll(named('Remove'))[0]?.trigger('click')
    await flushPromises()
    expect(document.activeElement).toBe(editor.findAll(named('Remove'))[0]?.element)
  })

  it('leads to its button when the last row goes', async () => {
    const editor = shown({ fact: 'tags', operator: 'contains', value: 'vip' })
    await editor.find(named('Remove')).trigger('click')
    await flushPromises()
    expect(document.activeElement?.textContent).toContain('Add a condition')
    expect(lastOf(editor.emitted('update:modelValue'))).toEqual({})
  })
})
