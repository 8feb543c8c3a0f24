import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { Problem } from '@/shared/api'
import { usePreview } from './usePreview'

describe('the preview of what is being written', () => {
  let scope = effectScope()
  beforeEach(() => {
    vi.useFakeTimers()
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  it('shows the last answer only, however late an earlier one comes', async () => {
    const words = ref('')
    const answers: ((text: string) => void)[] = []
    const shown = scope.run(() =>
      usePreview(
        () => [words.value],
        () => (words.value ? new Promise<string>((resolve) => answers.push(resolve)) : null),
      ),
    ) as ReturnType<typeof usePreview<string>>
    const write = async (text: string) => {
      words.value = text
      await nextTick()
      await vi.runAllTimersAsync()
    }
    await write('Hel')
    await write('Hello')
    answers[1]?.('Hello Aino')
    answers[0]?.('Hel Aino')
    await flushPromises()
    expect(shown.answer.value).toBe('Hello Aino')

    // Nothing is there to be shown, even when an answer is still on its way.
    await write('Hello!')
    await write('')
    answers[2]?.('Hello! Aino')
    await flushPromises()
    expect([answers.length, shown.answer.value]).toEqual([3, null])
  })

  it('says why the desk does not show it, until it does again', async () => {
    const words = ref('')
    const shown = scope.run(() =>
      usePreview(
        () => [words.value],
        async () => {
          if (words.value === 'wrong') throw new Problem(422, { code: 'invalid', detail: 'There is no such case.' })
          return words.value
        },
      ),
    ) as ReturnType<typeof usePreview<string>>
    for (const [text, refused] of [
      ['wrong', 'There is no such case.'],
      ['right', ''],
    ] as const) {
      words.value = text
      await nextTick()
      await vi.runAllTimersAsync()
      expect(shown.refused.value).toBe(refused)
    }
  })
})
