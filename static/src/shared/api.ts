// Talks to the desk over HTTP: CSRF header, one idempotency key per write, and every failure as one kind of error.
import type { FileInfo } from './types'

/** What the server said went wrong; `code` is stable and meant for decisions, `detail` for people. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly field: string | null
  readonly errors: { field: string; message: string }[]
  readonly data: Record<string, unknown>

  constructor(status: number, body: Partial<ProblemBody> = {}) {
    super(body.detail || body.title || body.code || `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? (status === 0 ? 'offline' : 'unexpected')
    this.title = body.title ?? ''
    this.detail = body.detail ?? ''
    this.field = body.field ?? null
    this.errors = body.errors ?? []
    this.data = body.data ?? {}
  }

  /** Trying the very same request again later may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }

  /** What is wrong with one input, if the server named it. */
  of(field: string): string | undefined {
    return (
      this.errors.find((error) => error.field === field)?.message ?? (this.field === field ? this.detail : undefined)
    )
  }
}

interface ProblemBody {
  code: string
  title: string
  detail: string
  field: string | null
  errors: { field: string; message: string }[]
  data: Record<string, unknown>
}

export type Query = Record<string, string | number | boolean | null | undefined>

export interface CallOptions {
  query?: Query
  signal?: AbortSignal
  /** Keep it over retries of one intention, so that it happens once. */
  key?: string
}

let csrfToken = ''
let onSignedOut: () => void = () => {}

/** The token that every write carries; empty when nobody is signed in. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

/** Called when the server no longer knows who we are. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/** A random name for one intention: idempotency keys and client ids. */
export function newKey(): string {
  return crypto.randomUUID
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join('')
}

export function withQuery(path: string, query?: Query): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '')
  if (given.length === 0) return path
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

async function problemOf(response: Response): Promise<Problem> {
  let body: Partial<ProblemBody> = {}
  try {
    body = await response.json()
  } catch {
    // A proxy in between answers in HTML: the status has to do.
  }
  return new Problem(response.status, typeof body === 'object' && body ? body : {})
}

export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const raw = body instanceof Blob || body instanceof FormData
  if (body !== undefined && !raw) headers['Content-Type'] = 'application/json'
  if (method !== 'GET') {
    headers['Idempotency-Key'] = options.key ?? newKey()
    if (csrfToken) headers['X-CSRF-Token'] = csrfToken
  }
  let response: Response
  try {
    response = await fetch(withQuery(path, options.query), {
      method,
      headers,
      body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
      credentials: 'same-origin',
      signal: options.signal,
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(0, { code: 'offline' })
  }
  if (!response.ok) {
    const problem = await problemOf(response)
    if (problem.code === 'not_signed_in') onSignedOut()
    throw problem
  }
  if (response.status === 204 || response.headers.get('Content-Length') === '0') return undefined as T
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>('GET', path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>('POST', path, body ?? {}, options),
  put: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>('PUT', path, body ?? {}, options),
  patch: <T>(path: string, body: unknown, options?: CallOptions) => call<T>('PATCH', path, body, options),
  delete: <T>(path: string, options?: CallOptions) => call<T>('DELETE', path, undefined, options),
}

/** Uploads one file; XMLHttpRequest because fetch tells no upload progress. `onProgress` gets 0 to 1. */
export function uploadFile(file: File, onProgress: (part: number) => void, signal?: AbortSignal): Promise<FileInfo> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/files')
    request.setRequestHeader('Idempotency-Key', newKey())
    request.setRequestHeader('Accept', 'application/json')
    if (csrfToken) request.setRequestHeader('X-CSRF-Token', csrfToken)
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total)
    request.onload = () => {
      let body: unknown
      try {
        body = JSON.parse(request.responseText)
      } catch {
        body = {}
      }
      if (request.status >= 200 && request.status < 300) resolve(body as FileInfo)
      else reject(new Problem(request.status, body as Partial<ProblemBody>))
    }
    request.onerror = () => reject(new Problem(0, { code: 'offline' }))
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort())
    const form = new FormData()
    form.append('file', file)
    request.send(form)
  })
}
