// Order for one topic: entries in order and exactly once, states reloaded before their changes are applied.
import type { StateFrame } from './frames'

export interface LogHandlers<E> {
  /** The next entries, in order, never twice. */
  entries: (entries: { position: number; entry: E }[]) => void
  /** Load anew over HTTP (at least up to `head`) and answer with the position reached. */
  reload: (head: number, reason: string) => Promise<number>
}

export interface StateHandlers {
  /** Load the snapshot over HTTP. */
  reload: (reason: string) => Promise<void>
  /** One change; apply it only where its version is newer. */
  change: (frame: StateFrame) => void
}

/** What a stream asks of the client around it. */
export interface Hooks {
  /** Call again after a pause. */
  retry: (again: () => void) => void
  /** Completeness may have changed. */
  changed: () => void
  /** Positions are missing: join again from where we are. */
  hole: () => void
}

/** A log: positions 1, 2, 3 … Frames that arrive while a reload runs wait for it. */
export class LogStream<E> {
  position: number | undefined
  /** Proven: everything there is has arrived. */
  complete = false
  #waiting: { position: number; entry: E }[] | null = null
  #proven: number | null = null
  #turn = 0

  constructor(
    since: number | undefined,
    private readonly handlers: LogHandlers<E>,
    private readonly hooks: Hooks,
  ) {
    this.position = since
  }

  /** Position to ask from when joining (undefined: from now on). */
  get since(): number | undefined {
    return this.position
  }

  /** A new join begins: nothing is proven until the server says so. */
  joining(): void {
    this.complete = false
    this.#proven = null
  }

  joined(head: number): void {
    this.position ??= head
  }

  entry(position: number, entry: E): void {
    if (this.#waiting) {
      this.#waiting.push({ position, entry })
      return
    }
    const next = (this.position ?? position - 1) + 1
    if (position > next) this.hooks.hole()
    if (position !== next) return
    this.position = position
    this.handlers.entries([{ position, entry }])
    this.#prove()
  }

  upToDate(head: number): void {
    this.#proven = head
    if (this.#waiting) return
    if ((this.position ?? 0) < head) this.hooks.hole()
    else this.#prove()
  }

  resync(head: number, reason: string): void {
    const turn = ++this.#turn
    this.complete = false
    this.#waiting = []
    const load = async () => {
      let reached: number
      try {
        reached = await this.handlers.reload(head, reason)
      } catch {
        if (turn === this.#turn) this.hooks.retry(load)
        return
      }
      if (turn !== this.#turn) return
      if (reached < head) {
        this.hooks.retry(load)
        return
      }
      // What came meanwhile continues from `head`; what the reload has already brought is not told again.
      const waiting = this.#waiting ?? []
      this.#waiting = null
      this.position = reached
      for (const { position, entry } of waiting) this.entry(position, entry)
      this.#prove()
      this.hooks.changed()
    }
    void load()
  }

  close(): void {
    this.#turn++
  }

  #prove(): void {
    this.complete = this.#proven !== null && this.#waiting === null && (this.position ?? 0) >= this.#proven
  }
}

/** A state: keyed rows with versions and no history. */
export class StateStream {
  complete = false
  readonly since: number | undefined = undefined
  #waiting: StateFrame[] | null = []
  #turn = 0

  constructor(
    private readonly handlers: StateHandlers,
    private readonly hooks: Hooks,
  ) {}

  joining(): void {
    this.complete = false
    this.#turn++
    this.#waiting = []
  }

  change(frame: StateFrame): void {
    if (this.#waiting) this.#waiting.push(frame)
    else this.handlers.change(frame)
  }

  joined(): void {}

  upToDate(): void {}

  resync(_head: number, reason: string): void {
    const turn = ++this.#turn
    this.complete = false
    this.#waiting = []
    const load = async () => {
      try {
        await this.handlers.reload(reason)
      } catch {
        if (turn === this.#turn) this.hooks.retry(load)
        return
      }
      if (turn !== this.#turn) return
      const waiting = this.#waiting ?? []
      this.#waiting = null
      for (const frame of waiting) this.handlers.change(frame)
      this.complete = true
      this.hooks.changed()
    }
    void load()
  }

  close(): void {
    this.#turn++
  }
}
