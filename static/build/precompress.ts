// Writes a .gz and a .br beside every text file of a build, so that the server never compresses at request time.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Plugin, ResolvedConfig } from 'vite'

const COMPRESSIBLE = /\.(js|css|svg|json)$/
const SMALLEST_WORTH_IT = 1024 // bytes; below one packet nothing is gained

export function precompress(): Plugin {
  let config: ResolvedConfig
  return {
    name: 'casefeed-precompress',
    apply: 'build',
    configResolved(resolved) {
      config = resolved
    },
    closeBundle() {
      const folder = join(config.root, config.build.outDir)
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!COMPRESSIBLE.test(file)) continue
        const path = join(folder, file)
        const bytes = readFileSync(path)
        if (bytes.length < SMALLEST_WORTH_IT) continue
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
        writeFileSync(`${path}.br`, brotliCompressSync(bytes))
      }
    },
  }
}
