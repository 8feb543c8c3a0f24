// Links that came by mail: whether one still works is asked before anything is filled in.
import { onMounted, ref } from 'vue'
import { api, Problem } from '@/shared/api'

/** Reactive: the link was used already or is too old. Unknown (false) while the desk has not answered. */
export function useSpentLink(token: string) {
  const spent = ref(false)
  onMounted(async () => {
    try {
      await api.get(`/api/links/${encodeURIComponent(token)}`)
    } catch (problem) {
      // Any other trouble is told when the form is sent.
      spent.value = problem instanceof Problem && problem.status === 410
    }
  })
  return spent
}
