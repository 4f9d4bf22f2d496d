import type { DeviceSample } from '../../simulate/result.js'
import { type CounterEvent, tick } from './events.js'
import type { Drawing } from './threads.js'

/**
 * Power, occupancy and queues over time. A sample describes the time before it, but a counter event describes the
 * time after it. So each event is placed where the interval of its sample begins.
 */
export function counterEvents(
  samples: readonly DeviceSample[],
  { scenario, pid }: Drawing,
): CounterEvent[] {
  return samples.flatMap(({ powerW, occupancy, waiting }, i) => {
    const at = { ph: 'C', pid, ts: tick(i === 0 ? 0 : samples[i - 1].timeUs) } as const
    const queues = Object.fromEntries(scenario.workers.map(({ name }, w) => [name, waiting[w]]))
    return [
      { ...at, name: 'power, W', args: { power: rounded(powerW) } },
      { ...at, name: 'occupancy, % of compute units', args: { busy: rounded(100 * occupancy) } },
      { ...at, name: 'queue, requests that wait', args: queues },
    ]
  })
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
