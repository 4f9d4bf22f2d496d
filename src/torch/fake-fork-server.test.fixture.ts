import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A stand-in for the fork server, started as a process of its own. Its workers are stand-ins for a GPU's. */
const FAKE = fileURLToPath(new URL('./fake-worker.test.fixture.js', import.meta.url))
const channel = new Socket({ fd: 3 })
const workers = new Map<number, ChildProcess>()

interface Message {
  readonly id: number
  readonly arguments: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly signal?: NodeJS.Signals
}

function tell(message: object): void {
  channel.write(`${JSON.stringify(message)}\n`)
}

function start({ id, arguments: words, environment: env }: Message): void {
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const worker = spawn(process.execPath, [FAKE, 'gpu', ...words], { stdio: [...stdio], env })
  workers.set(id, worker)
  worker.stdout?.once('data', () => tell({ id, pid: worker.pid }))
  worker.once('close', (code, signal) => {
    workers.delete(id)
    tell({ id, ...(signal === null ? { code } : { signal }) })
  })
}

createInterface({ input: channel }).on('line', (line) => {
  const message = JSON.parse(line) as Message
  if (message.signal === undefined) start(message)
  else workers.get(message.id)?.kill(message.signal)
})
channel.on('close', () => {
  for (const worker of workers.values()) worker.kill('SIGKILL')
  process.exit()
})
