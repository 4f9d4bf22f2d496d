import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/**
 * Runs eclip to its end, on the GPUs that the environment makes visible, with the models of this folder available.
 */
export async function callEclip(words, environment = {}) {
  const parts = [HERE, process.env.PYTHONPATH].filter(Boolean)
  const env = { ...process.env, ...environment, PYTHONPATH: parts.join(delimiter) }
  const stdio = ['ignore', 'pipe', 'pipe']
  const child = spawn(process.execPath, [MAIN, ...words], { env, stdio })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => {
      printed += piece
    })
  const exitCode = await new Promise((resolve) => {
    child.on('close', resolve)
  })
  return { exitCode, printed, lastLine: printed.trim().split('\n').at(-1) }
}
