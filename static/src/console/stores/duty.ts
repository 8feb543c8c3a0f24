// The next case, the lease it is kept by, and whether one is on duty.
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '../../shared/api'
import { me } from '../../shared/session'
import type { CaseDetail, Priority } from '../../shared/types'

export interface Why {
  queue: string
  priority: Priority
  due_at: string | null
  waiting_since: string | null
  language: string | null
  /** Entries written before these were told lack them. */
  service_class?: number
  let_down?: boolean
}
export interface NextCase {
  case: CaseDetail | null
  until: string | null
  again: boolean
  why: Why | null
}
export interface Agent {
  user_id: number
  on_duty: boolean
  present: boolean
  languages: string[]
  skills: string[]
  capacity: number | null
}

export const useDuty = defineStore('duty', () => {
  const onDuty = ref(true)
  const pulling = ref(false)

  async function load(): Promise<void> {
    const agents = await api.get<Agent[]>('/api/agents')
    onDuty.value = agents.find((agent) => agent.user_id === me.value?.user.id)?.on_duty ?? true
  }
  async function setDuty(on: boolean): Promise<void> {
    const before = onDuty.value
    onDuty.value = on
    try {
      onDuty.value = (await api.put<Agent>('/api/agents/me/duty', { on_duty: on })).on_duty
    } catch (error) {
      onDuty.value = before
      throw error
    }
  }
  async function next(): Promise<NextCase | null> {
    if (pulling.value) return null
    pulling.value = true
    try {
      return await api.post<NextCase>('/api/next-case', undefined)
    } finally {
      pulling.value = false
    }
  }
  return { onDuty, pulling, load, setDuty, next }
})
