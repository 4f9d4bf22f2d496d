import { seriesColour } from '../../src/report/kit/charts/colour.js'
import type { Holding, ServerState } from '../../src/serve/telemetry/state.js'
import { whole } from './words.js'

/** How large a share each instance holds at this moment. */
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
            deviceCus={cus}
            colour={seriesColour(names.indexOf(holding.model))}
          />
        ))}
      </ul>
    </section>
  )
}

interface RowProps {
  readonly holding: Holding
  /** 0 if the device has no compute units to share. */
  readonly deviceCus: number
  readonly colour: string
}

function HoldingRow({ holding, deviceCus, colour }: RowProps) {
  const { model, instance, cus, state } = holding
  return (
    <li data-holding={`${model} ${instance}`} style={{ '--c': colour }} class={state}>
      <span class="who">
        {model} <small>{instance + 1}</small>
      </span>
      <span class="bar" aria-hidden="true">
        <i class="held" style={{ flexGrow: cus }} />
        <i style={{ flexGrow: Math.max(0, deviceCus - cus) }} />
      </span>
      <span class="what">
        {deviceCus > 0 && `${cus} CUs, wherever free`} <small>{doingText(holding)}</small>
      </span>
    </li>
  )
}

function doingText({ state, batch }: Holding): string {
  return batch > 0 ? `running a batch of ${batch}` : state
}
