import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const WORKER_FOLDER = fileURLToPath(new URL('../../workers/torch', import.meta.url))

/** The Python that has PyTorch: `python3`, unless `ECLIP_PYTHON` names another one. */
export function pythonProgram(): string {
  return process.env.ECLIP_PYTHON ?? 'python3'
}

/**
 * An environment in which Python imports nothing from the current folder unless PYTHONPATH names it.
 * Nobody means a `torch.py` that happens to lie there.
 * @param folders searched for modules before those of PYTHONPATH
 */
export function pythonEnvironment(...folders: readonly string[]): NodeJS.ProcessEnv {
  const { env } = process
  // An empty entry would mean the current folder.
  const named = (env.PYTHONPATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return { ...env, PYTHONSAFEPATH: '1', PYTHONPATH: [...folders, ...named].join(delimiter) }
}

/** How to run a module of the worker process's package as a program. */
export function pythonModule(name: string): {
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
} {
  return { program: pythonProgram(), args: ['-m', name], env: pythonEnvironment(WORKER_FOLDER) }
}
