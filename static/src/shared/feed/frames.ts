// What goes over the socket /live, in both directions; the server's words are in channels/frames.py.
export type Doing = 'viewing' | 'noting' | 'editing' | 'away'

export interface Present {
  member: string
  name: string
  doing: Doing
}

export type ClientFrame =
  | { type: 'join'; topic: string; since?: number; ref: string }
  | { type: 'leave'; topic: string }
  | { type: 'typing'; topic: string; on: boolean; private?: boolean }
  | { type: 'here'; topic: string; doing: Doing }
  | { type: 'read'; topic: string; position: number }
  | { type: 'ping' }

export type ServerFrame =
  | {
      type: 'welcome'
      session: string
      member: string
      name: string
      heartbeat_seconds: number
      typing_seconds: number
      server_time: string
      protocol: number
    }
  | { type: 'joined'; topic: string; head: number; people: Present[]; ref?: string; count?: number }
  | { type: 'entry'; topic: string; position: number; entry: unknown }
  | { type: 'row'; topic: string; key: string; version: number; row: unknown }
  | { type: 'gone'; topic: string; key: string; version: number }
  | { type: 'counters'; topic: string; version: number; counters: Record<string, unknown> }
  | { type: 'people'; topic: string; people?: Present[]; joined?: Present[]; left?: string[]; count?: number }
  | { type: 'typing'; topic: string; member: string; name: string; on: boolean }
  | { type: 'read'; topic: string; member: string; position: number }
  | { type: 'resync'; topic: string; reason: string; head: number }
  | { type: 'up_to_date'; topic: string; head: number }
  | { type: 'refused'; topic: string; code: string; message: string; ref?: string }
  | { type: 'left'; topic: string; reason: string }
  | { type: 'pong' }
  | { type: 'error'; code: string; message: string; topic?: string }

export type StateFrame = Extract<ServerFrame, { type: 'row' | 'gone' | 'counters' }>

/** What to do after a close: the server's ranges (channels/errors.py), and the codes where both would only repeat a mistake. */
export function comesBack(code: number): 'now' | 'later' | 'never' {
  if (code >= 4000 && code < 4100) return 'now'
  if (code >= 4200 || [1002, 1003, 1007, 1008, 1009].includes(code)) return 'never'
  return 'later'
}
