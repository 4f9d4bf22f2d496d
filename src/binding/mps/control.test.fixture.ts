import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs a function with another PATH; `''` stands for a machine without MPS. */
export async function withPath<T>(path: string, run: () => T | Promise<T>): Promise<T> {
  const { PATH } = process.env
  process.env.PATH = path
  try {
    return await run()
  } finally {
    process.env.PATH = PATH
  }
}

/**
 * Runs a function while the control program of MPS is a shell script.
 *
 * @param lines lines of the script, which may keep files in its folder, `$here`
 * @param run the function, which is passed that folder
 */
export async function underControl<T>(
  lines: string,
  run: (here: string) => T | Promise<T>,
): Promise<T> {
  const here = mkdtempSync(join(tmpdir(), 'eclip-control-'))
  const control = join(here, 'nvidia-cuda-mps-control')
  writeFileSync(control, `#!/bin/sh\nhere='${here}'\n${lines}\n`)
  chmodSync(control, 0o755)
  try {
    return await withPath(`${here}:${process.env.PATH}`, () => run(here))
  } finally {
    rmSync(here, { recursive: true })
  }
}
