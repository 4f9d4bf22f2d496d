import { mpsShare } from '../binding/mps/client.js'
import { startMps } from '../binding/mps/daemon.js'
import type { Device } from '../device/device.js'
import { shareCus } from '../device/share.js'
import { attempted, WorkError } from '../errors.js'
import { within } from '../within.js'
import { withForkServer } from './fork-server.js'
import { requireTorch } from './require-torch.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** What a process under a share found out about the libraries there. */
export interface CheckedShare {
  readonly percent: number
  /** What came out wrong, an answer that never came among it; empty if nothing did. */
  readonly wrong: readonly string[]
}

/** The shares that plans and people commonly ask for. */
const PERCENTS = [100, 80, 60, 50, 40, 33, 30, 25, 20]
const TIMEOUT_MS = 120_000

/**
 * Starts a worker process under each share, which computes known products first. If the processes cannot be told
 * that they have the whole device, libraries choose kernels for the share, and some of these kernels compute wrong
 * results.
 * @throws WorkError if there is no PyTorch, or MPS does not start
 */
export async function checkMpsShares(): Promise<CheckedShare[]> {
  requireTorch()
  const daemon = startMps()
  try {
    return await withForkServer([], (forkServer) =>
      Promise.all(
        PERCENTS.map((percent) => {
          const environment = { ...daemon.environment, ...mpsShare(percent) }
          return check(percent, { device: 'cuda', forkServer, environment })
        }),
      ),
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

/** A process that does not come up has not shown that its share computes right, which is all that counts. */
async function check(percent: number, options: WorkerProcessOptions): Promise<CheckedShare> {
  const worker = await attempted(() => within(TIMEOUT_MS, TorchWorker.start(options)))
  if (worker instanceof WorkError) return { percent, wrong: [worker.message] }
  await worker?.close()
  return { percent, wrong: worker ? [] : ['no answer'] }
}
