// Front-end unit tests run on the same plugins and aliases as the build.
import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vite.config.ts'

export default mergeConfig(
  base,
  defineConfig({
    test: {
      environment: 'happy-dom',
      setupFiles: ['src/testing.ts'],
      include: ['src/**/*.test.ts', 'widget/**/*.test.{ts,tsx}'],
    },
  }),
)
