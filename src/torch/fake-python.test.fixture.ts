import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const FAKE = here('./fake-worker.test.fixture.js')
const FAKE_SERVER = here('./fake-fork-server.test.fixture.js')

/**
 * Makes a program in a folder that stands in for Python: it says that it has PyTorch, and runs fake workers of a GPU
 * where it is asked for `-m eclip_torch.worker --socket PATH`, or for a fork server of such workers. @returns its path
 */
export function fakePython(folder: string): string {
  return standIn(folder, `exec '${process.execPath}' '${FAKE}' gpu --socket "$4"`)
}

/** The same, but no worker comes up that is not forked. */
export function fakePythonOfForks(folder: string): string {
  return standIn(folder, 'exit 9')
}

function standIn(folder: string, asWorker: string): string {
  const python = join(folder, 'python3')
  const lines = [
    '#!/bin/sh',
    '[ "$1" = -c ] && exit',
    `[ "$2" = eclip_torch.fork_server ] && exec '${process.execPath}' '${FAKE_SERVER}'`,
    asWorker,
  ]
  writeFileSync(python, `${lines.join('\n')}\n`)
  chmodSync(python, 0o755)
  return python
}
