// One form being sent: busy, what went wrong and at which input, and one idempotency key per intention.
import { computed, ref, shallowRef } from 'vue'
import { newKey, Problem } from './api'
import { wordsFor } from './notify'

export function useSubmit() {
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const own = ref<Record<string, string>>({})
  let key = newKey()

  /** Runs the action; undefined when it failed (then `problem` says why). A passing failure keeps its key for the retry. */
  async function run<T>(action: (key: string) => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    try {
      const answer = await action(key)
      problem.value = null
      own.value = {}
      key = newKey()
      return answer
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problem.value = error
      if (!error.passing) key = newKey()
      return undefined
    } finally {
      busy.value = false
    }
  }

  /** Problems found on this side; returns whether there are none. */
  function check(found: Record<string, string | false | undefined>): boolean {
    own.value = Object.fromEntries(Object.entries(found).filter((pair): pair is [string, string] => Boolean(pair[1])))
    if (problem.value && Object.keys(own.value).length) problem.value = null
    return Object.keys(own.value).length === 0
  }

  /** What is wrong with one input, in words; also for inputs inside it (`hours` finds `hours.mon[0]`). */
  function errorOf(field: string): string | undefined {
    if (own.value[field]) return own.value[field]
    const direct = problem.value?.of(field)
    if (direct) return direct
    const inner = problem.value?.errors.find(
      (error) => error.field.startsWith(`${field}.`) || error.field.startsWith(`${field}[`),
    )
    return inner?.message
  }

  /** What is wrong with the whole, where no input can be named. */
  const general = computed(() => {
    const found = problem.value
    if (!found) return undefined
    return found.errors.length || found.field ? undefined : wordsFor(found)
  })

  function forget(): void {
    problem.value = null
    own.value = {}
  }

  return { busy, problem, general, run, check, errorOf, forget }
}
