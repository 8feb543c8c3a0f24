// Server-sent events as bytes: cut into events wherever the network has cut them; pure.
export interface ServerEvent {
  name: string
  data: string
}

/** Takes in text piece by piece; answers the events that are whole, in order. */
export function eventReader(): (text: string) => ServerEvent[] {
  let rest = ''
  return (text) => {
    rest += text.replaceAll('\r\n', '\n')
    const pieces = rest.split('\n\n')
    rest = pieces.pop() ?? ''
    return pieces.flatMap((piece) => {
      let name = 'message'
      const data: string[] = []
      for (const line of piece.split('\n')) {
        if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
        else if (line.startsWith('event:')) name = line.slice(6).trim()
      }
      return data.length ? [{ name, data: data.join('\n') }] : []
    })
  }
}
