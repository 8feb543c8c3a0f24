// One case as a screen of staff needs it: its facts, its feed, its outbox, and the writes that change it.
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, newKey, Problem } from '../../shared/api'
import { useCaseFeed } from '../../shared/caseFeed'
import { feedState } from '../../shared/feed'
import { translate } from '../../shared/i18n'
import { useNotify } from '../../shared/notify'
import { useOutbox } from '../../shared/outbox'
import { noteRead } from '../../shared/reads'
import { me } from '../../shared/session'
import type { CaseDetail, FileInfo } from '../../shared/types'
import { useBulk } from '../list/bulk'
import type { Macro } from '../macros/steps'
import { useWork } from '../stores/work'

const REST = 200 // milliseconds: several entries of one action ask for the facts once
const READ_REST = 500 // milliseconds a message must have been in sight to count as read

export interface Patch {
  status?: string
  priority?: string
  queue_id?: number
  owner_id?: number | null
  subject?: string
  tags?: string[]
}

export function useCase(id: number) {
  const work = useWork()
  const notify = useNotify()
  const bulk = useBulk()
  const detail = shallowRef<CaseDetail | null>(null)
  const problem = ref<Problem | null>(null)
  const changing = ref(false)
  /** First position that was unread when the case was opened. */
  const unreadFrom = ref<number | null>(null)
  const path = `/api/cases/${id}`
  let seen = 0
  let told = 0
  let turn = 0
  let factsTimer: ReturnType<typeof setTimeout> | undefined
  let readTimer: ReturnType<typeof setTimeout> | undefined

  const staffMembers = computed(() => new Set(work.colleagues.map((person) => `user/${person.id}`)))
  const feed = useCaseFeed({
    topic: `case/${id}`,
    path: `${path}/entries`,
    countsAsReader: (member) => !staffMembers.value.has(member) && member !== `user/${me.value?.user.id}`,
    arrived: (entries) => {
      for (const entry of entries) outbox.arrived(entry.client_id)
      clearTimeout(factsTimer)
      factsTimer = setTimeout(() => void load(), REST)
    },
    ended: (code, message) => {
      problem.value = new Problem(404, { code, detail: message })
    },
  })
  const outbox = useOutbox(
    `${me.value?.user.id}.${id}`,
    (kind) => `${path}/${kind === 'note' ? 'notes' : 'replies'}`,
    (entry) => {
      feed.saw(entry)
      void load()
    },
  )

  async function load(): Promise<void> {
    const mine = ++turn
    try {
      const found = await api.get<CaseDetail>(path)
      if (mine !== turn) return
      if (!detail.value) {
        const read = found.read_position ?? 0
        if (read < found.head) unreadFrom.value = read + 1
        seen = told = read
      }
      detail.value = found
      problem.value = null
    } catch (error) {
      if (mine === turn && error instanceof Problem && (!detail.value || !error.passing)) problem.value = error
    }
  }

  /** A write that answers with the case: shown at once, or taken back with a word of why. */
  async function write(action: () => Promise<CaseDetail>, guess: Partial<CaseDetail> = {}): Promise<boolean> {
    const before = detail.value
    if (before) detail.value = { ...before, ...guess }
    changing.value = true
    const mine = ++turn
    try {
      const found = await action()
      if (mine === turn) detail.value = found
      return true
    } catch (error) {
      if (mine === turn) detail.value = before
      notify.failed(error)
      return false
    } finally {
      changing.value = false
    }
  }

  function change(patch: Patch): Promise<boolean> {
    const guess: Partial<CaseDetail> = {}
    const status = patch.status && work.statusOf(patch.status)
    if (status) guess.status = status
    if (patch.priority) guess.priority = patch.priority as CaseDetail['priority']
    if (patch.queue_id) guess.queue_id = patch.queue_id
    if (patch.owner_id !== undefined)
      guess.owner = work.colleagues.find((person) => person.id === patch.owner_id) ?? null
    if (patch.subject) guess.subject = patch.subject
    if (patch.tags) guess.tags = patch.tags
    return write(() => api.patch<CaseDetail>(path, patch), guess)
  }

  /** Take a message to another case, or without one to a case of its own, and say where it is. */
  async function moveMessage(position: number, to: number | null): Promise<boolean> {
    try {
      const there = await api.post<{ case_id: number; number: string }>(`${path}/entries/${position}/move`, {
        to_case_id: to,
      })
      notify.done(translate(to === null ? 'console.move.split_done' : 'console.move.done', { to: there.number }))
      return true
    } catch (error) {
      notify.failed(error)
      return false
    }
  }

  /** Let this case go on in another one. */
  async function merge(into: number): Promise<boolean> {
    try {
      const there = await api.post<CaseDetail>(`${path}/merge`, { into_case_id: into })
      notify.done(translate('console.merge.done', { to: there.number }))
      return true
    } catch (error) {
      notify.failed(error)
      return false
    }
  }

  /** Let the case that went on in another one (this one, or one that was merged into it) go on by itself. */
  async function unmerge(which: number): Promise<boolean> {
    try {
      const found = await api.post<CaseDetail>(`/api/cases/${which}/unmerge`, {})
      notify.done(translate('console.merge.undone', { from: found.number }))
      await load()
      return true
    } catch (error) {
      notify.failed(error)
      return false
    }
  }

  /** The reader has everything up to here in sight. */
  function inSight(position: number): void {
    if (document.visibilityState !== 'visible' || position <= seen) return
    clearTimeout(readTimer)
    readTimer = setTimeout(() => {
      if (document.visibilityState !== 'visible') return
      seen = Math.max(seen, position)
      void tellRead()
    }, READ_REST)
  }

  async function tellRead(): Promise<void> {
    const position = seen
    if (position <= told) return
    told = position
    noteRead(id, position)
    try {
      await api.put(`${path}/read`, { position })
    } catch {
      // Told again as soon as there is a line.
      if (told === position) told = 0
    }
  }
  watch(feedState, (state) => state === 'live' && void tellRead())

  const visible = () => inSight(feed.head.value)
  document.addEventListener('visibilitychange', visible)

  onScopeDispose(() => {
    turn++
    clearTimeout(factsTimer)
    clearTimeout(readTimer)
    document.removeEventListener('visibilitychange', visible)
  })
  void load()

  return {
    id,
    detail,
    problem,
    changing,
    unreadFrom,
    feed,
    outbox,
    load,
    change,
    inSight,
    moveMessage,
    merge,
    unmerge,
    link: (other: number) =>
      write(async () => {
        await api.post(`${path}/links`, { case_id: other })
        return api.get<CaseDetail>(path)
      }),
    unlink: (other: number) =>
      write(async () => {
        await api.delete(`${path}/links/${other}`)
        return api.get<CaseDetail>(path)
      }),
    /** All that the macro does, or nothing; newer messages than those in the feed refuse its answer. */
    useMacro: (macro: Macro) =>
      write(async () => {
        const body = { seen: Math.max(seen, 1) }
        const used = await api.post<{ case: CaseDetail; id: number }>(`${path}/macros/${macro.id}`, body, {
          key: newKey(),
        })
        bulk.told(translate('console.macro.done', { name: macro.name }), used.id)
        return used.case
      }),
    take: () => change({ owner_id: me.value?.user.id }),
    escalate: (reason: string) => write(() => api.post<CaseDetail>(`${path}/escalations`, { reason })),
    snooze: (until: string, reason: string) => write(() => api.put<CaseDetail>(`${path}/snooze`, { until, reason })),
    wake: () => write(() => api.delete<CaseDetail>(`${path}/snooze`)),
    sendBack: (reason: string, queue_id: number) =>
      write(() => api.post<CaseDetail>(`${path}/send-back`, { reason, queue_id }), { owner: null }),
    markSpam: (spam: boolean, sender?: 'address' | 'domain') =>
      write(() => api.post<CaseDetail>(`${path}/spam`, { spam, sender })),
    releaseHeld: () => write(() => api.post<CaseDetail>(`${path}/held/release`)),
    /** Something about the contact, after which the case is read anew. */
    async contact(action: (path: string) => Promise<unknown>): Promise<void> {
      const contact = detail.value?.contact_card.id
      if (contact === undefined) return
      try {
        await action(`/api/contacts/${contact}`)
        await load()
      } catch (error) {
        notify.failed(error)
      }
    },
    send(kind: 'reply' | 'note', text: string, files: FileInfo[], status?: string, mentions: number[] = []): void {
      // What stands in the feed counts as seen once the author sends: a reply below it was written with it in view.
      outbox.add({ kind, text, files, status, mentions, seen: kind === 'reply' ? Math.max(seen, 1) : 0 })
    },
  }
}

export type CaseOnScreen = ReturnType<typeof useCase>
