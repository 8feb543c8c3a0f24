// Builds the agent console and the portal; app/pages.py reads the manifest and serves the files.
import { fileURLToPath } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { precompress } from './build/precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  base: '/static/dist/',
  plugins: [
    vue(),
    ui({
      ui: {
        colors: { primary: 'indigo', neutral: 'slate' },
        // The kit's own (75 %) takes too much of the contrast to the words on it.
        button: {
          compoundVariants: ['primary', 'secondary', 'success', 'info', 'warning', 'error'].map((color) => ({
            color,
            variant: 'solid',
            class: `hover:bg-${color}/90 active:bg-${color}/90`,
          })),
        },
      },
      colorMode: false,
      autoImport: { dts: 'src/auto-imports.gen.d.ts' },
      components: { dts: 'src/components.gen.d.ts' },
      // Every icon must be named literally in the sources: only what this scan finds is bundled (by itself it skips .ts).
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'] } } },
      theme: { defaultVariants: { size: 'md' } },
    }),
    precompress(),
  ],
  resolve: {
    alias: [
      { find: /^@iconify\/vue$/, replacement: here('./src/iconify-offline.ts') },
      { find: /^@\//, replacement: here('./src/') },
    ],
  },
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { console: 'src/console.ts', portal: 'src/portal.ts', demo: 'src/demo-mail.ts' } },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    // The page itself comes from the desk on another port, so assets need absolute addresses and CORS.
    origin: 'http://127.0.0.1:5173',
    cors: true,
  },
})
