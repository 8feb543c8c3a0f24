// Files on their way: chosen, dropped or pasted, uploaded at once with progress.
import { computed, reactive } from 'vue'
import { Problem, uploadFile } from '../api'
import { language, translate } from '../i18n'
import { fileSize } from '../time'
import type { FileInfo } from '../types'

export interface Upload {
  id: number
  name: string
  size: number
  /** 0 to 1. */
  progress: number
  file: FileInfo | null
  problem: string | null
}

export const DEFAULT_LIMIT = 25 * 1024 * 1024 // bytes; until the desk has told its own
const FILES_AT_ONCE = 20 // more than that is a mistake of the mouse

export function useUploads(limit: () => number) {
  const list = reactive<Upload[]>([])
  const stops = new Map<number, AbortController>()
  let counter = 0

  async function add(files: Iterable<File>): Promise<void> {
    await Promise.all([...files].slice(0, FILES_AT_ONCE).map(start))
  }

  async function start(file: File): Promise<void> {
    list.push({
      id: ++counter,
      name: file.name || translate('shared.composer.picture'),
      size: file.size,
      progress: 0,
      file: null,
      problem: null,
    })
    const upload = list.at(-1) as Upload
    if (file.size > limit()) {
      upload.problem = translate('shared.composer.too_large', { limit: fileSize(limit(), language.value) })
      return
    }
    if (file.size === 0) {
      upload.problem = translate('shared.composer.empty_file')
      return
    }
    const stop = new AbortController()
    stops.set(upload.id, stop)
    try {
      upload.file = await uploadFile(file, (part) => (upload.progress = part), stop.signal)
      upload.progress = 1
    } catch (error) {
      if (error instanceof Problem)
        upload.problem = error.status === 0 ? translate('shared.problem.offline') : error.message
    } finally {
      stops.delete(upload.id)
    }
  }

  /** Files that the desk copies for us: shown at once by their names, there when it has answered. */
  async function copy(named: readonly FileInfo[], ask: () => Promise<readonly FileInfo[]>): Promise<void> {
    const waiting = named.map(({ name, size }) => {
      list.push({ id: ++counter, name, size, progress: 0, file: null, problem: null })
      return list.at(-1) as Upload
    })
    try {
      const files = await ask()
      waiting.forEach((upload, at) => {
        upload.file = files[at] ?? null
      })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      for (const upload of waiting)
        upload.problem = error.status === 0 ? translate('shared.problem.offline') : error.message
    }
  }

  function remove(id: number): void {
    stops.get(id)?.abort()
    const at = list.findIndex((upload) => upload.id === id)
    if (at >= 0) list.splice(at, 1)
  }

  function clear(): void {
    for (const upload of [...list]) remove(upload.id)
  }

  /** Puts finished files back, such as after a message was not accepted. */
  function restore(files: readonly FileInfo[]): void {
    for (const file of files)
      list.push({ id: ++counter, name: file.name, size: file.size, progress: 1, file, problem: null })
  }

  return {
    list,
    add,
    copy,
    remove,
    clear,
    restore,
    busy: computed(() => list.some((upload) => !upload.file && !upload.problem)),
    ready: computed(() => list.flatMap((upload) => (upload.file ? [upload.file] : []))),
  }
}
