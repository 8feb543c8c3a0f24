// Shows what is being written as it would be on a case: asked for after a moment of quiet, and only the last answer counts.
import { ref, shallowRef, watch } from 'vue'
import { Problem } from '@/shared/api'

const PAUSE = 300 // milliseconds of quiet before it is asked for

/**
 * @param parts what the preview depends on; compared by value
 * @param ask asks the desk for it, or answers null where there is nothing to show yet
 */
export function usePreview<Answer>(parts: () => unknown[], ask: () => Promise<Answer> | null) {
  const answer = shallowRef<Answer | null>(null)
  /** Why the desk does not show it. */
  const refused = ref('')
  let turn = 0

  async function look(): Promise<void> {
    const mine = ++turn
    try {
      const found = await ask()
      if (mine !== turn) return
      answer.value = found
      refused.value = ''
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      if (mine === turn) refused.value = problem.message
    }
  }
  watch(
    () => JSON.stringify(parts()),
    (_now, _before, onCleanup) => {
      turn++ // an answer to what stood there before is none any more
      const timer = setTimeout(() => void look(), PAUSE)
      onCleanup(() => clearTimeout(timer))
    },
  )
  return { answer, refused }
}
