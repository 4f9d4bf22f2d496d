import { spawnSync } from 'node:child_process'
import { WorkError } from '../errors.js'
import { pythonEnvironment, pythonProgram } from './python.js'

/** Looks for PyTorch without importing it, which takes seconds. */
const PROBE = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'
const PROBE_TIMEOUT_MS = 30_000

/**
 * Makes sure, before long work, that the worker's Python is there and has PyTorch.
 * @throws WorkError in one line that says what is missing and how to get it
 */
export function requireTorch(): void {
  const program = pythonProgram()
  const { error, status } = spawnSync(program, ['-c', PROBE], {
    env: pythonEnvironment(),
    timeout: PROBE_TIMEOUT_MS,
  })
  if (status === 0) return
  const found = error === undefined ? `${program} has no PyTorch` : `cannot run ${program}`
  throw new WorkError(
    `${found}, which models run in: pip install torch torchvision transformers, or name a Python that has them in ECLIP_PYTHON`,
  )
}
