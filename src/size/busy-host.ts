import { createRandom } from '../random.js'
import type { ServiceModel } from '../schedule/serving/shared-device.js'

/**
 * How a busy host holds launches up: some of them, each for an exponentially distributed time. Read off p95 and p99 of
 * four demands on two H100 hosts while processes started for the other GPU
 * (`data/measured/open-load/long-windows.json.gz`). On quiet hosts there was nothing of the kind.
 */
export const BUSY_HOST = { share: 0.05, meanUs: 900 }

/** The same device on a busy host, the same for a seed. */
export function onBusyHost(service: ServiceModel, seed: number): ServiceModel {
  const random = createRandom(seed)
  const heldUpUs = (): number =>
    random.uniform() < BUSY_HOST.share ? random.exponential(BUSY_HOST.meanUs) : 0
  return {
    dispatchUs: (instance, batch, nth) => service.dispatchUs(instance, batch, nth) + heldUpUs(),
    workUs: (instance, batch) => service.workUs(instance, batch),
    speeds: (running, speeds) => service.speeds(running, speeds),
  }
}
