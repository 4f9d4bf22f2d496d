import { spawn } from 'node:child_process'
import { z } from 'zod'
import { mpsShare } from '../binding/mps/client.js'
import { startMps } from '../binding/mps/daemon.js'
import type { Device } from '../device/device.js'
import { shareCus } from '../device/share.js'
import { WorkError } from '../errors.js'
import { jsonOrUndefined } from '../json-or-undefined.js'
import { pythonModule } from './python.js'

/** What a process under a share found out about the libraries there. */
export interface CheckedShare {
  readonly percent: number
  /** What came out wrong, an answer that never came among it; empty if nothing did. */
  readonly wrong: readonly string[]
}

/** The shares that plans and people commonly ask for. */
const PERCENTS = [100, 80, 60, 50, 40, 33, 30, 25, 20]
const TIMEOUT_MS = 120_000

const answerSchema = z.object({ wrong: z.array(z.string()) })

/**
 * Computes known products in a process under each share, in the way that worker processes run there. If the
 * processes cannot be told that they have the whole device, libraries choose kernels for the share, and some of
 * these kernels compute wrong results.
 * @throws WorkError if MPS does not start
 */
export async function checkMpsShares(): Promise<CheckedShare[]> {
  const daemon = startMps()
  try {
    return await Promise.all(
      PERCENTS.map((percent) => check(percent, { ...daemon.environment, ...mpsShare(percent) })),
    )
  } finally {
    daemon.stop()
  }
}

/**
 * The limits, in compute units, under which nothing came out wrong, which may be none; undefined if nothing did under
 * any. They are those that a plan asks for; MPS gives a process an even number, which may be one or two fewer.
 */
export function soundLimits(
  device: Pick<Device, 'granules'>,
  checked: readonly CheckedShare[],
): number[] | undefined {
  const sound = checked.filter(({ wrong }) => wrong.length === 0)
  if (sound.length === checked.length) return undefined
  return sound.map(({ percent }) => shareCus(device, percent))
}

/** A process that comes to no answer has not shown that its share computes right, which is all that counts. */
async function check(
  percent: number,
  environment: Readonly<Record<string, string>>,
): Promise<CheckedShare> {
  const { program, args, env } = pythonModule('eclip_torch.soundness')
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...env, ...environment },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new WorkError(`${program}: ${error.message}`)))
    child.on('close', resolve)
  })
  const answer = code === 0 ? answerSchema.safeParse(jsonOrUndefined(text)) : undefined
  return { percent, wrong: answer?.success ? answer.data.wrong : ['no answer'] }
}
