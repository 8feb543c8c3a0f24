import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import FigureTable from './FigureTable.vue'
import english from './locales/en.json'
import TrendChart from './TrendChart.vue'
import type { Figures, Report } from './types'

const line = (key: string, more: Partial<Figures>): Figures => ({
  key,
  label: key,
  opened: 0,
  resolved: 0,
  reopened: 0,
  backlog: 0,
  kept: 0,
  broken: 0,
  answered: 0,
  answer_median: null,
  answer_p90: null,
  resolution_median: null,
  resolution_p90: null,
  ...more,
})
const global = {
  plugins: [createI18n({ legacy: false, locale: 'en', messages: { en: english }, missingWarn: false })],
  stubs: { UIcon: true },
}

describe('a report', () => {
  it('opens what was left to do at the end of a week that has passed', async () => {
    const week = line('2026-03-02', { backlog: 3 })
    const report: Report = {
      first: '2026-03-02',
      last: '2026-03-08',
      by: 'week',
      rows: [week],
      total: week,
      before: line('all', {}),
      curve: [week],
    }
    const table = mount(FigureTable, { props: { report }, global })
    await table.get('tbody button').trigger('click')
    expect(table.emitted('behind')?.[0]?.slice(0, 2)).toEqual(['backlog', week])
  })

  it('says on either side of the curve what its top stands for', () => {
    const curve = [
      line('2026-03-02', { opened: 4, resolved: 1, backlog: 6 }),
      line('2026-03-03', { opened: 2, backlog: 40 }),
    ]
    const chart = mount(TrendChart, { props: { curve }, global })
    const scale = (name: string) => chart.findAll(`[data-scale="${name}"] span`).map((one) => one.text())
    expect([scale('bars'), scale('line')]).toEqual([
      ['4', '0'],
      ['40', '0'],
    ])
  })
})
