// What every screen of the console needs: queues with live counters, statuses, colleagues, one's notifications.
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { api } from '../../shared/api'
import { feed } from '../../shared/feed'
import { unread as unreadCounts } from '../../shared/reads'
import type { Colleague, Notification, QueueCounters, QueueSummary, Status } from '../../shared/types'

export interface Trail {
  title: string
  path: string
  ids: number[]
  /** The case that was opened from it. */
  last: number | null
}

export const useWork = defineStore('work', () => {
  const queues = ref<QueueSummary[]>([])
  const statuses = ref<Status[]>([])
  const colleagues = ref<Colleague[]>([])
  const notifications = ref<Notification[]>([])
  const unread = computed(() => unreadCounts.value.notifications)
  const loaded = ref(false)
  const problem = ref<unknown>(null)
  /** The list the agent came from, so that a case page knows the next one. */
  const trail = ref<Trail>({ title: '', path: '/', ids: [], last: null })
  /** Grows when something changed anywhere; lists without a topic of their own reload after it. */
  const changes = ref(0)
  const newNotification = ref<Notification | null>(null)
  let started = false
  const counterVersions = new Map<number, number>()

  async function loadQueues(): Promise<void> {
    const versions = new Map(counterVersions)
    const found = await api.get<QueueSummary[]>('/api/queues')
    // Counters that came by the feed while the answer was on its way are newer than the answer.
    for (const queue of found) {
      const known = queues.value.find((one) => one.id === queue.id)
      if (known && counterVersions.get(queue.id) !== versions.get(queue.id)) queue.counters = known.counters
    }
    queues.value = found
    loaded.value = true
  }

  /** Takes over what an administrator changed: after an own save, and when somebody returns to this page. */
  async function freshen(): Promise<void> {
    if (!loaded.value) return
    const [, states, people] = await Promise.all([
      loadQueues(),
      api.get<Status[]>('/api/statuses'),
      api.get<Colleague[]>('/api/colleagues'),
    ])
    statuses.value = states
    colleagues.value = people
  }

  async function loadNotifications(): Promise<number> {
    const found = await api.get<{ items: Notification[]; unread: number; head: number }>('/api/notifications')
    notifications.value = found.items
    return found.head
  }

  function setCounters(queueId: number, counters: QueueCounters): void {
    const queue = queues.value.find((one) => one.id === queueId)
    if (queue) queue.counters = counters
  }

  async function start(): Promise<void> {
    if (started) return
    started = true
    problem.value = null
    try {
      const [, states, people] = await Promise.all([
        loadQueues(),
        api.get<Status[]>('/api/statuses'),
        api.get<Colleague[]>('/api/colleagues'),
      ])
      statuses.value = states
      colleagues.value = people
      const head = await loadNotifications().catch(() => undefined)
      feed.rows('queues/all', {
        reload: loadQueues,
        change: (frame) => {
          changes.value++
          if (frame.type === 'gone') return void loadQueues().catch(() => {})
          if (frame.type !== 'row') return
          const id = Number(frame.key)
          if (!queues.value.some((queue) => queue.id === id)) return void loadQueues().catch(() => {})
          if (frame.version < (counterVersions.get(id) ?? 0)) return
          counterVersions.set(id, frame.version)
          setCounters(id, frame.row as QueueCounters)
        },
      })
      feed.log<Notification>('person/me', head, {
        entries: (entries) => {
          for (const { entry } of entries) {
            notifications.value = [
              entry,
              ...notifications.value.filter((one) => one.position !== entry.position),
            ].slice(0, 100)
            newNotification.value = entry
          }
        },
        reload: loadNotifications,
      })
    } catch (error) {
      started = false
      problem.value = error
    }
  }

  async function readNotifications(): Promise<void> {
    const head = notifications.value[0]?.position
    if (!head || unread.value === 0) return
    notifications.value = notifications.value.map((one) => ({ ...one, read: true }))
    await api.put('/api/notifications/read', { position: head }).catch(() => {})
  }

  async function readNotification({ position, read }: Notification): Promise<void> {
    if (read) return
    notifications.value = notifications.value.map((one) => (one.position === position ? { ...one, read: true } : one))
    await api.put(`/api/notifications/${position}/read`).catch(() => {})
  }

  // Read on another tab or device, or with their case: the list here still shows them as new.
  watch(unread, (count) => {
    if (notifications.value.filter((one) => !one.read).length > count) void loadNotifications().catch(() => {})
  })

  return {
    queues,
    statuses,
    colleagues,
    notifications,
    unread,
    loaded,
    problem,
    trail,
    changes,
    newNotification,
    start,
    loadQueues,
    freshen,
    setCounters,
    readNotifications,
    readNotification,
    queueName: (id: number) => queues.value.find((queue) => queue.id === id)?.name ?? '',
    statusOf: (key: string) => statuses.value.find((status) => status.key === key),
    work: computed(() => queues.value.filter((queue) => queue.purpose !== 'spam')),
  }
})

/** How many cases of a queue need somebody. */
export function activeIn(counters: QueueCounters): number {
  return counters.new + counters.open + counters.waiting + counters.on_hold
}
