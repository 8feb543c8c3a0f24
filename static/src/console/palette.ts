// What the command palette offers: screens add their own commands while they are open.
import { onScopeDispose, ref, shallowReactive } from 'vue'

export interface Command {
  id: string
  label: string
  icon?: string
  suffix?: string
  kbds?: string[]
  run: () => void
}

export interface CommandGroup {
  id: string
  label: string
  commands: () => Command[]
}

export const paletteOpen = ref(false)
export const commandGroups = shallowReactive<CommandGroup[]>([])

/** Offers commands while the current component lives; the newest group stands first. */
export function useCommands(group: CommandGroup): void {
  commandGroups.unshift(group)
  onScopeDispose(() => commandGroups.splice(commandGroups.indexOf(group), 1))
}
