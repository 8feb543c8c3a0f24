// What tests of components share: icons, which the build bundles, stand as empty pictures.
import { vi } from 'vitest'
import { h } from 'vue'

vi.mock('./iconify-offline', () => ({ Icon: () => h('svg'), addIcon: () => undefined, iconLoaded: () => true }))
