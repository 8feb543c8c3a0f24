import { describe, expect, it } from 'vitest'
import { Problem } from '../api'
import type { FileInfo } from '../types'
import { useUploads } from './uploads'

const file = (id: number): FileInfo => ({
  id,
  name: 'manual.pdf',
  content_type: 'application/pdf',
  size: 9,
  url: `/api/files/${id}`,
})

describe('files that the desk copies', () => {
  it('are shown at once, keep the message from being sent, and are there with the answer', async () => {
    const uploads = useUploads(() => 100)
    let answer: (files: FileInfo[]) => void = () => {}
    const copying = uploads.copy([file(1)], () => new Promise((resolve) => (answer = resolve)))
    expect([uploads.list[0]?.name, uploads.busy.value]).toEqual(['manual.pdf', true])
    answer([file(2)])
    await copying
    expect([uploads.ready.value, uploads.busy.value]).toEqual([[file(2)], false])
  })

  it('say why they could not be copied', async () => {
    const uploads = useUploads(() => 100)
    await uploads.copy([file(1)], () => Promise.reject(new Problem(404, { code: 'not_found', detail: 'It is gone.' })))
    expect([uploads.list[0]?.problem, uploads.busy.value, uploads.ready.value]).toEqual(['It is gone.', false, []])
  })
})
