import { afterEach, describe, expect, it, vi } from 'vitest'
import { api, Problem, setCsrfToken, whenSignedOut, withQuery } from './api'

function answer(status: number, body?: unknown): void {
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => new Response(body === undefined ? null : JSON.stringify(body), { status })),
  )
}
const sent = () => vi.mocked(fetch).mock.calls[0]?.[1] as RequestInit & { headers: Record<string, string> }

afterEach(() => {
  vi.unstubAllGlobals()
  setCsrfToken('')
})

describe('the API client', () => {
  it('sends a CSRF token and a fresh idempotency key with every write, and neither with a read', async () => {
    setCsrfToken('token')
    answer(200, {})
    await api.post('/api/cases', { subject: 'Oven' })
    await api.post('/api/cases', { subject: 'Oven' })
    const keys = vi.mocked(fetch).mock.calls.map((call) => new Headers(call[1]?.headers).get('Idempotency-Key'))
    expect(sent().headers['X-CSRF-Token']).toBe('token')
    expect(new Set(keys).size).toBe(2)
    answer(200, [])
    await api.get('/api/queues')
    expect(sent().headers['X-CSRF-Token']).toBeUndefined()
    expect(sent().headers['Idempotency-Key']).toBeUndefined()
  })

  it('keeps the key of one intention over its retries', async () => {
    answer(200, {})
    await api.post('/api/cases', {}, { key: 'intention' })
    expect(sent().headers['Idempotency-Key']).toBe('intention')
  })

  it('turns problem details into one kind of error', async () => {
    answer(422, {
      code: 'invalid',
      title: 'Not right',
      detail: 'Write a subject.',
      errors: [{ field: 'subject', message: 'Too short.' }],
    })
    const problem = await api.post<Problem>('/api/cases', {}).catch((error: Problem) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem.code).toBe('invalid')
    expect(problem.of('subject')).toBe('Too short.')
    expect(problem.of('text')).toBeUndefined()
    expect(problem.passing).toBe(false)
  })

  it('says offline when the network fails, and that trying again may help', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => Promise.reject(new TypeError('failed'))),
    )
    const problem = await api.get<Problem>('/api/queues').catch((error: Problem) => error)
    expect([problem.code, problem.status, problem.passing]).toEqual(['offline', 0, true])
  })

  it('understands a proxy that answers in HTML', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => new Response('<html>', { status: 502 })),
    )
    const problem = await api.get<Problem>('/api/queues').catch((error: Problem) => error)
    expect([problem.code, problem.passing]).toEqual(['unexpected', true])
  })

  it('tells when the session is over, but not when the password was wrong', async () => {
    const over = vi.fn()
    whenSignedOut(over)
    answer(401, { code: 'wrong_credentials' })
    await api.post('/api/session', {}).catch(() => {})
    expect(over).not.toHaveBeenCalled()
    answer(401, { code: 'not_signed_in' })
    await api.get('/api/queues').catch(() => {})
    expect(over).toHaveBeenCalledOnce()
  })

  it('answers nothing for 204', async () => {
    answer(204)
    expect(await api.put('/api/cases/1/read', { position: 3 })).toBeUndefined()
  })
})

describe('query strings', () => {
  it('leave out what is not given', () => {
    expect(withQuery('/api/cases', { q: 'a b', cursor: null, owner: undefined, state: '' })).toBe('/api/cases?q=a+b')
    expect(withQuery('/api/cases', {})).toBe('/api/cases')
  })
})
