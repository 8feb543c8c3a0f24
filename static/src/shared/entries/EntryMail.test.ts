import DropdownMenu from '@nuxt/ui/components/DropdownMenu.vue'
import { mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '../i18n'
import en from '../locales/en.json'
import type { Entry } from '../types'
import { ENTRY_ACTIONS } from './actions'
import EntryMail from './EntryMail.vue'

const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: {} }] })
const actions = { split: () => {}, move: () => {}, unmerge: () => undefined, source: () => '/source' }

function shown(more: Partial<Entry>, data: Record<string, unknown> = {}) {
  const told = { position: 2, kind: 'message', audience: 'public', at: '2026-03-02T09:00:00Z', text: 'Hello' }
  return mount(EntryMail, {
    props: { entry: { ...told, ...more, data } as unknown as Entry },
    global: { plugins: [i18n, router], provide: { [ENTRY_ACTIONS]: actions } },
  })
}

describe('what stands beside a mail', () => {
  beforeAll(() => {
    i18n.global.mergeLocaleMessage('en', en)
    i18n.global.locale.value = 'en'
  })

  it('tells what was odd about it when asked, by mouse and by keyboard', async () => {
    const beside = shown({}, { warnings: ['text_cut'] })
    const button = beside.findAll('button').find((one) => one.text() === '1 oddity')
    expect(beside.find('li').exists()).toBe(false)
    await button?.trigger('click')
    expect(beside.get('li').text()).toBe('The text was cut; the original mail is whole')
    expect(button?.attributes('aria-expanded')).toBe('true')
  })

  it('has no empty group in its menu', () => {
    const groups = (beside: ReturnType<typeof shown>) =>
      (beside.getComponent(DropdownMenu).props() as { items: unknown[] }).items
    expect(groups(shown({}))).toHaveLength(1)
    expect(groups(shown({ html: '<p>Hello</p>' }))).toHaveLength(2)
  })
})
