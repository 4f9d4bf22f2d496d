// Starts a server on the simulated device and a load against it, and prints the address of its dashboard.
// npm run demo:serve [-- seconds]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const DEMAND = fileURLToPath(new URL('../data/demands/four-models.json', import.meta.url))
const seconds = process.argv[2] ?? '120'

const server = spawn(process.execPath, [MAIN, 'serve', DEMAND, '--plan-seconds', '5'], {
  stdio: ['ignore', 'pipe', 'ignore'],
})
process.on('exit', () => server.kill())
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
const [announced] = await Promise.race([once(server.stdout, 'data'), once(server, 'exit')])
if (typeof announced === 'number') process.exit(announced)
console.log(`${announced}`)
const url = /http:\/\/[\d.]+:\d+/.exec(announced)[0]
const load = spawn(
  process.execPath,
  [MAIN, 'load', url, '--demand', DEMAND, '--seconds', seconds],
  {
    stdio: 'inherit',
  },
)
const [code] = await once(load, 'exit')
server.kill()
await once(server, 'exit')
process.exitCode = code
