import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'
import { createMemoryHistory, createRouter } from 'vue-router'
import english from '../locales/en.json'
import ViewEditor from './ViewEditor.vue'

// Milliseconds: it builds menus of the real component library, on machines that do other work too.
describe('the editor of a view', { timeout: 30_000 }, () => {
  const asked: string[] = []
  const sent: unknown[] = []
  beforeEach(() => {
    asked.length = sent.length = 0
    vi.stubGlobal('fetch', async (url: string | URL | Request, init?: RequestInit) => {
      const path = String(url instanceof Request ? url.url : url)
      asked.push(`${init?.method ?? 'GET'} ${path}`)
      if (path === '/api/views' && init?.body) sent.push(JSON.parse(String(init.body)))
      return Response.json(path.includes('preview') ? { count: 3 } : [])
    })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    document.body.innerHTML = ''
  })

  async function opened(props: Record<string, unknown>) {
    const i18n = createI18n({
      legacy: false,
      locale: 'en',
      messages: { en: english },
      missingWarn: false,
      fallbackWarn: false,
    })
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/', component: { template: '<i />' } }],
    })
    const editor = mount(ViewEditor, {
      attachTo: document.body,
      props: { open: false, view: null, ...props },
      global: { plugins: [createPinia(), i18n, VueQueryPlugin, router] },
    })
    await editor.setProps({ open: true })
    await flushPromises()
    return editor
  }

  it('does not save a view whose row says nothing yet, which would take in every case', async () => {
    await opened({ view: null })
    const form = document.querySelector<HTMLFormElement>('form#view') as HTMLFormElement
    const name = form.querySelector('input') as HTMLInputElement
    name.value = 'Mine'
    name.dispatchEvent(new Event('input'))
    const add = [...form.querySelectorAll('button')].find((button) =>
      button.textContent?.includes(english.console.condition.add),
    )
    add?.click()
    await flushPromises()
    form.requestSubmit()
    await flushPromises()
    expect(form.querySelector('[role=alert]')?.textContent).toBe(english.console.condition.value_missing)
    expect(asked.filter((one) => one === 'POST /api/views')).toEqual([])
  })

  it("only shows a view of others, and makes a copy of it that is one's own", async () => {
    const condition = { fact: 'tags', operator: 'contains', value: 'vip' }
    const view = { id: 7, name: 'Important', shared: true, mine: false, personal: false, condition, count: 3 }
    await opened({ view, readonly: true })
    const dialog = document.querySelector('[role=dialog]') as HTMLElement
    expect(dialog.querySelectorAll('form, input')).toHaveLength(0)
    expect(dialog.textContent).toContain('Important')
    expect(dialog.textContent).not.toContain(english.console.view.delete)

    const copy = [...dialog.querySelectorAll('button')].find((one) =>
      one.textContent?.includes(english.console.copy_own),
    )
    copy?.click()
    await flushPromises()
    const form = dialog.querySelector<HTMLFormElement>('form#view') as HTMLFormElement
    form.requestSubmit()
    await flushPromises()
    expect(sent).toEqual([{ name: 'Important', shared: false, condition }])
  })
})
