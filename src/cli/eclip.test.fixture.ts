import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program behind the command `eclip`. */
export const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))

/** Where and how a process runs. */
interface ProcessOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  readonly timeout?: number
}

/** Runs a command line to its end, in a process of its own. @param words the words after `eclip` */
export function runEclip(words: readonly string[], options: ProcessOptions = {}) {
  return spawnSync(process.execPath, [MAIN, ...words], { ...options, encoding: 'utf8' })
}
