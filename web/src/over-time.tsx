import { seriesColour } from '../../src/report/kit/charts/colour.js'
import { type LineSeries, lineChart, type Point } from '../../src/report/kit/charts/lines.js'
import { PANEL } from '../../src/report/kit/charts/svg.js'
import type { ObservedModel, ServerState } from '../../src/serve/telemetry/state.js'
import { Chart } from './chart.js'
import type { Points } from './history.js'

const HEIGHT = 170

interface Props {
  readonly state: ServerState
  readonly history: Points
}

/** The last minutes of each model: its latency against its target, and its requests asked and answered. */
export function OverTime({ state, history }: Props) {
  return (
    <section id="time" aria-labelledby="time-title">
      <h2 id="time-title">The last minutes</h2>
      <ul class="legend">
        <li>
          <i class="line" style={{ '--c': 'var(--ink)' }} />
          answered
        </li>
        <li>
          <i class="line dashed" style={{ '--c': 'var(--faint)' }} />
          asked
        </li>
      </ul>
      <div class="panels" style={{ '--least': '300px' }}>
        {state.models.map((model, i) => (
          <div key={model.name}>
            <h3>
              <i style={{ '--c': seriesColour(i) }} />
              {model.name}
            </h3>
            <Chart of={latencyChart(model, i, history, state.nowMs)} />
            <Chart of={rateChart(model, i, history, state.nowMs)} />
          </div>
        ))}
        {state.device.powerW !== undefined && (
          <div>
            <h3>Device</h3>
            <Chart of={powerChart(history, state.nowMs)} />
          </div>
        )}
      </div>
    </section>
  )
}

function latencyChart(
  { name, target }: ObservedModel,
  index: number,
  history: Points,
  nowMs: number,
) {
  const series: LineSeries = {
    name: 'p95',
    colour: seriesColour(index),
    points: pointsOf(history, nowMs, ({ models }) => models[name]?.p95Ms),
  }
  return lineChart({
    title: `p95 latency of ${name} over the last minutes`,
    description: 'Latency that 95 of 100 requests stay below, ms, against seconds before now.',
    width: PANEL,
    height: HEIGHT,
    x: TIME_AXIS,
    y: { label: 'p95, ms' },
    series: [series],
    references: target === undefined ? [] : [{ axis: 'y', value: target.ms, label: 'target' }],
  })
}

function rateChart({ name }: ObservedModel, index: number, history: Points, nowMs: number) {
  const asked = pointsOf(history, nowMs, ({ models }) => models[name]?.receivedPerS)
  const answered = pointsOf(history, nowMs, ({ models }) => models[name]?.answeredPerS)
  return lineChart({
    title: `Requests of ${name} over the last minutes`,
    description: 'Requests asked and answered per second, against seconds before now.',
    width: PANEL,
    height: HEIGHT,
    x: TIME_AXIS,
    y: { label: 'requests/s' },
    series: [
      { name: 'asked', colour: 'var(--faint)', stroke: 'dashed', points: asked },
      { name: 'answered', colour: seriesColour(index), points: answered },
    ],
  })
}

function powerChart(history: Points, nowMs: number) {
  const points = pointsOf(history, nowMs, ({ powerW }) => powerW)
  return lineChart({
    title: 'Power of the device over the last minutes',
    description: 'Watts, against seconds before now.',
    width: PANEL,
    height: HEIGHT,
    x: TIME_AXIS,
    y: { label: 'power, W' },
    series: [{ name: 'power', colour: 'var(--accent)', points }],
  })
}

const TIME_AXIS = {
  label: 'seconds ago',
  domain: [-300, 0],
  format: (x: number) => `${-x}`,
} as const

/** Values by seconds before now, with a gap where a value is missing. */
function pointsOf(
  history: Points,
  nowMs: number,
  value: (point: Points[number]) => number | undefined,
): Point[] {
  return history.map((point) => [(point.atMs - nowMs) / 1000, value(point) ?? Number.NaN])
}
