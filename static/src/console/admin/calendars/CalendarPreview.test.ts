import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { i18n } from '@/shared/i18n'
import CalendarPreview from './CalendarPreview.vue'

const NEVER = 'Never open in the days to come.'

describe('the days to come of a calendar', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('are not called closed before the server has said so', async () => {
    i18n.global.mergeLocaleMessage('en', { admin: { calendars: { preview_empty: NEVER } } })
    i18n.global.locale.value = 'en'
    vi.stubGlobal('fetch', async () => Response.json([]))
    const shown = { definition: { tz: 'Europe/Helsinki' } } as never
    const preview = mount(CalendarPreview, { props: { shown, valid: true }, global: { plugins: [i18n] } })
    expect(preview.text()).toBe('')
    await vi.waitFor(() => expect(preview.text()).toBe(NEVER), { timeout: 5000 })
  })
})
