// The views of the signed-in agent, with counts that follow what happens on the desk.
import { defineStore } from 'pinia'
import { onScopeDispose, ref, watch } from 'vue'
import { api } from '../../shared/api'
import type { Condition } from '../conditions/terms'
import { useWork } from './work'

export interface View {
  id: number
  name: string
  shared: boolean
  mine: boolean
  condition: Condition
  sort: number
  /** Its cases depend on who looks. */
  personal: boolean
  /** Its cases change by time alone. */
  passing: boolean
  /** 1000 means: that many, or more. */
  count: number
}

const REST = 1500 // milliseconds between something changing anywhere and counting again
const BY_TIME = 60_000 // milliseconds between two counts of views that change by time alone

export const useViews = defineStore('views', () => {
  const work = useWork()
  const views = ref<View[]>([])
  const loaded = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    views.value = await api.get<View[]>('/api/views')
    loaded.value = true
  }
  const quietly = () => void load().catch(() => {})
  watch(
    () => work.changes,
    () => {
      if (!views.value.length) return
      clearTimeout(timer)
      timer = setTimeout(quietly, REST)
    },
  )
  const clock = setInterval(() => views.value.some((view) => view.passing) && quietly(), BY_TIME)
  onScopeDispose(() => {
    clearTimeout(timer)
    clearInterval(clock)
  })
  return { views, loaded, load }
})
