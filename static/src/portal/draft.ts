// A request that is being written, kept on this device until it is sent.
import { reactive, watch } from 'vue'
import { newKey } from '@/shared/api'
import { me } from '@/shared/session'
import type { Priority } from '@/shared/types'

export interface Draft {
  subject: string
  text: string
  priority?: Priority
  /** Names the intention, so that sending it twice opens one case. */
  client_id: string
}

const fresh = (): Draft => ({ subject: '', text: '', priority: undefined, client_id: newKey() })

export function useDraft() {
  const place = `casefeed.draft.${me.value?.user.id ?? 0}`

  function stored(): Draft {
    try {
      const found = JSON.parse(localStorage.getItem(place) ?? 'null') as Partial<Draft> | null
      return { ...fresh(), ...(found ?? {}) }
    } catch {
      return fresh()
    }
  }

  const draft = reactive<Draft>(stored())
  watch(draft, () => {
    try {
      if (draft.subject || draft.text) localStorage.setItem(place, JSON.stringify(draft))
      else localStorage.removeItem(place)
    } catch {
      // Storage full or forbidden: the draft lives as long as the page.
    }
  })

  function clear(): void {
    Object.assign(draft, fresh())
    try {
      localStorage.removeItem(place)
    } catch {
      // Nothing was kept.
    }
  }

  return { draft, clear }
}
