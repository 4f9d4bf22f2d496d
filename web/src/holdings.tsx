import { seriesColour } from '../../src/report/kit/charts/colour.js'
import type { Holding, ServerState } from '../../src/serve/state.js'
import { whole } from './words.js'

/** Who holds which granules, or how large a share, at this moment. */
export function Holdings({ state }: { readonly state: ServerState }) {
  const { device, holdings, models } = state
  const names = models.map(({ name }) => name)
  const cus = device.granuleCus.reduce((total, one) => total + one, 0)
  return (
    <section id="holdings" aria-labelledby="holdings-title">
      <h2 id="holdings-title">Who holds what</h2>
      <p class="intro">
        {cus > 0 &&
          `${device.name}: ${whole(cus)} compute units in ${device.granuleCus.length} granules. `}
        {holdings.length === 0
          ? 'Nobody holds a part of the device for itself.'
          : 'A row is an instance; a strong bar runs a launch at this moment.'}
      </p>
      <ul class="holdings">
        {holdings.map((holding) => (
          <HoldingRow
            key={`${holding.model} ${holding.instance}`}
            holding={holding}
            granuleCus={device.granuleCus}
            colour={seriesColour(names.indexOf(holding.model))}
          />
        ))}
      </ul>
    </section>
  )
}

interface RowProps {
  readonly holding: Holding
  readonly granuleCus: readonly number[]
  readonly colour: string
}

function HoldingRow({ holding, granuleCus, colour }: RowProps) {
  const { model, instance, state } = holding
  return (
    <li data-holding={`${model} ${instance}`} style={{ '--c': colour }} class={state}>
      <span class="who">
        {model} <small>{instance + 1}</small>
      </span>
      <HoldingBar holding={holding} granuleCus={granuleCus} />
      <span class="what">
        {granuleCus.length > 0 && holdingText(holding)} <small>{doingText(holding)}</small>
      </span>
    </li>
  )
}

/** The device from left to right, with the part that the instance holds filled. */
function HoldingBar({ holding, granuleCus }: Omit<RowProps, 'colour'>) {
  const { granules, cus } = holding
  const total = granuleCus.reduce((sum, one) => sum + one, 0)
  if (granules === undefined) {
    return (
      <span class="bar" aria-hidden="true">
        <i class="held" style={{ flexGrow: cus }} />
        <i style={{ flexGrow: Math.max(0, total - cus) }} />
      </span>
    )
  }
  return (
    <span class="bar cells" aria-hidden="true">
      {granuleCus.map((size, granule) => (
        <i
          key={granule}
          class={granules.includes(granule) ? 'held' : ''}
          style={{ flexGrow: size }}
        />
      ))}
    </span>
  )
}

function holdingText({ cus, granules }: Holding): string {
  if (granules === undefined) return `${cus} CUs, wherever free`
  return `${cus} CUs: granule${granules.length === 1 ? '' : 's'} ${runsText(granules)}`
}

/** `0–3, 7` */
function runsText(granules: readonly number[]): string {
  const runs: [number, number][] = []
  for (const granule of [...granules].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === granule - 1) last[1] = granule
    else runs.push([granule, granule])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}

function doingText({ state, batch }: Holding): string {
  return state === 'running' && batch > 0 ? `running a batch of ${batch}` : state
}
