import type { ServedModelPlan } from '../../plan/serving-plan.js'
import { echoModel } from '../echo.test.fixture.js'
import type { DeviceEvents, Launch, LaunchDevice, Launched } from './launch-device.js'

/** A launch that has begun and ends when the test says so. */
export interface HeldLaunch extends Launch {
  /** Ends the launch, with its inputs as its outputs. */
  end(): void
  fail(error: unknown): void
}

/** A device that returns its inputs, on which each launch lasts until the test ends it. */
export class HeldDevice implements LaunchDevice {
  /** Launches that have not ended, oldest first. */
  readonly launches: HeldLaunch[] = []
  readonly loaded = new Set<number>()
  events: DeviceEvents | undefined

  async start(events: DeviceEvents): Promise<void> {
    this.events = events
  }

  async stop(): Promise<void> {}

  async load({ name }: ServedModelPlan, instances: readonly number[]) {
    for (const instance of instances) this.loaded.add(instance)
    return echoModel(name, ['FP32']).metadata
  }

  async unload(instances: readonly number[]): Promise<void> {
    for (const instance of instances) this.loaded.delete(instance)
  }

  launch(launch: Launch): Promise<Launched> {
    return new Promise((resolve, reject) => {
      const remove = (): void => void this.launches.splice(this.launches.indexOf(held), 1)
      const held: HeldLaunch = {
        ...launch,
        end: () => {
          remove()
          const outputs = launch.requests.map(({ inputs }) =>
            inputs.map(({ name, datatype, shape, bytes }) => ({
              name: name.replace('IN_', 'OUT_'),
              datatype,
              shape,
              data: bytes.contiguous(),
            })),
          )
          resolve({ outputs, times: { inputUs: 1, computeUs: 2, outputUs: 3 } })
        },
        fail: (error) => {
          remove()
          reject(error)
        },
      }
      this.launches.push(held)
    })
  }
}
