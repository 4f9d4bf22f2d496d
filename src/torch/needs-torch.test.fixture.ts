import { spawnSync } from 'node:child_process'
import { pythonProgram } from './python.js'

const probe = spawnSync(pythonProgram(), ['-c', 'import torch'])

/** Why tests of real workers are skipped; false where PyTorch is installed. */
export const withoutTorch = probe.status !== 0 && `no PyTorch for ${pythonProgram()}`
