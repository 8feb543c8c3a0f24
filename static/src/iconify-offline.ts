// Stands in for Nuxt UI's icon runtime without its network part: an icon that was not bundled stays blank, never fetched.
import { Icon, addIcon as register } from '@iconify/vue/offline'

const known = new Set<string>()

// The kit asks for one icon both as `lucide:inbox` and as `lucide-inbox`.
const spellings = (name: string) => [name, name.replace(':', '-')]

const addIcon: typeof register = (name, data) => {
  for (const spelling of spellings(name)) {
    known.add(spelling)
    register(spelling, data)
  }
}

const iconLoaded = (name: string) => known.has(name)

export { addIcon, Icon, iconLoaded }
