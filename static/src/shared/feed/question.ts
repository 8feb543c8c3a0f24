// Whether the line answers: the first question that waits counts, whatever is asked after it.
import type { Surroundings } from './surroundings'

export const ANSWER = 5 // seconds in which a living line answers; afterwards nothing is proven until it is heard again

export class Question {
  silent = false
  #cancel: (() => void) | null = null

  constructor(
    private readonly world: Surroundings,
    private readonly onSilence: () => void,
  ) {}

  asked(): void {
    this.#cancel ??= this.world.after(ANSWER, () => {
      this.silent = true
      this.onSilence()
    })
  }

  /** Something was heard, or there is no line any more. */
  over(): void {
    this.#cancel?.()
    this.#cancel = null
    this.silent = false
  }
}
