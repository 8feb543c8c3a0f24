// Builds the chat widget: one classic script that any page can embed.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { precompress } from './build/precompress.ts'

export default defineConfig({
  base: '/static/dist/widget/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [precompress()],
  resolve: { alias: [{ find: /^@\//, replacement: fileURLToPath(new URL('./src/', import.meta.url)) }] },
  build: {
    // Inside dist, which the main build empties: run this one second.
    outDir: 'dist/widget',
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'es2020',
    lib: { entry: 'widget/main.tsx', formats: ['iife'], name: 'CasefeedWidget', fileName: () => 'widget.js' },
  },
})
