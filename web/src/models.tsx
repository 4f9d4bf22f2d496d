import { seriesColour } from '../../src/report/kit/charts/colour.js'
import type { ObservedModel, ServerState } from '../../src/serve/telemetry/state.js'
import { Table } from './table.js'
import { compact, keepsTarget, known, shareText, significant, targetText, whole } from './words.js'

/** Rates, latencies, queues and energy of each model over the last seconds. */
export function Models({ state }: { readonly state: ServerState }) {
  return (
    <section id="models" aria-labelledby="models-title">
      <h2 id="models-title">Models</h2>
      <Table
        caption={`Over the last ${compact(state.windowS)} s`}
        columns={[
          'Model',
          'In time',
          'Asked, 1/s',
          'Answered, 1/s',
          'p50, ms',
          'p95, ms',
          'p99, ms',
          'Waiting',
          'Running',
          'Batch',
          'Power, W',
          'J/request',
        ]}
      >
        {state.models.map((model, i) => (
          <ModelRow key={model.name} model={model} colour={seriesColour(i)} />
        ))}
      </Table>
    </section>
  )
}

function ModelRow({ model, colour }: { readonly model: ObservedModel; readonly colour: string }) {
  const { name, latencyMs, receivedPerS, answeredPerS, waiting, running } = model
  return (
    <tr data-model={name}>
      <th scope="row">
        <i class="swatch" style={{ '--c': colour }} />
        {name}
        <small>{modelText(model)}</small>
      </th>
      <td data-field="attainment">
        <Attainment model={model} />
      </td>
      <td data-field="receivedPerS">{significant(receivedPerS)}</td>
      <td data-field="answeredPerS">{significant(answeredPerS)}</td>
      <td data-field="p50">{known(latencyMs?.p50)}</td>
      <td data-field="p95">{known(latencyMs?.p95)}</td>
      <td data-field="p99">{known(latencyMs?.p99)}</td>
      <td data-field="waiting">{whole(waiting)}</td>
      <td data-field="running">{whole(running)}</td>
      <td data-field="meanBatch">{known(model.meanBatch)}</td>
      <td data-field="powerW">{known(model.powerW)}</td>
      <td data-field="joulesPerRequest">{known(model.joulesPerRequest)}</td>
    </tr>
  )
}

function modelText({ readiness, reason, priorityClass }: ObservedModel): string {
  if (readiness === 'READY') return `${priorityClass} class`
  return `${readiness.toLowerCase()}${reason === '' ? '' : `: ${reason}`}`
}

function Attainment({ model }: { readonly model: ObservedModel }) {
  const keeps = keepsTarget(model)
  const tone = keeps === undefined ? '' : keeps ? 'good' : 'bad'
  return (
    <>
      {model.attainment === undefined ? '–' : shareText(model.attainment)}
      <small class={tone}>
        {keeps !== undefined && (keeps ? 'kept: ' : 'missed: ')}
        {targetText(model)}
      </small>
    </>
  )
}

/** What became of all requests since the server started, as /metrics counts them. */
export function Totals({ state }: { readonly state: ServerState }) {
  const columns = ['answered', 'refused', 'dropped', 'failed', 'received'] as const
  return (
    <section id="totals" aria-labelledby="totals-title">
      <h2 id="totals-title">Since the start</h2>
      <p class="intro">What was received and has not ended yet is under way.</p>
      <Table
        caption="Requests by how they ended"
        columns={[
          'Model',
          'Answered',
          'Refused',
          'Dropped',
          'Failed',
          'Received',
          'Samples',
          'Launches',
          'Energy, J',
        ]}
      >
        {state.models.map(({ name, totals }) => (
          <tr key={name} data-totals={name}>
            <th scope="row">{name}</th>
            {columns.map((column) => (
              <td key={column} data-field={column}>
                {whole(totals[column])}
              </td>
            ))}
            <td data-field="rows">{whole(totals.rows)}</td>
            <td data-field="launches">{whole(totals.launches)}</td>
            <td data-field="energyJ">{known(totals.energyJ)}</td>
          </tr>
        ))}
      </Table>
    </section>
  )
}
