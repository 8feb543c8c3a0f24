// socket.io on Node in the fan-out benchmark: rooms, WebSocket transport only, no compression, pings out of the way.

const { createServer } = require('node:http')
const { createInterface } = require('node:readline')
const { Server } = require('socket.io')

const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, pingInterval: 1e8, serveClient: false })
const text = 'x'.repeat(230)
let position = 100000

io.on('connection', (socket) => {
  socket.on('join', (topic) => {
    socket.join(topic)
    socket.emit('up_to_date')
  })
})

function publish(topic, stamp) {
  // A stamp of nanoseconds is larger than JavaScript's exact numbers, so it stays text.
  const entry = { id: '000000000000', at: stamp, author: 'Maria Keller', text }
  io.to(`case/${topic}`).emit('entry', { type: 'entry', topic: `case/${topic}`, position: ++position, entry })
}

const rest = () => new Promise((resolve) => setImmediate(resolve))

async function round(topics, burst) {
  for (let topic = 0; topic < topics; topic++) {
    for (let count = 0; count < burst; count++) publish(topic, 0)
    await rest()
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [verb, first, second] = line.split(' ')
  if (verb === 'publish') publish(Number(first), second)
  else round(Number(first), Number(second))
}).on('close', () => process.exit(0))

http.listen(Number(process.argv[2]), '127.0.0.1', 4096, () => console.log('ready'))
