import type { ComponentChildren } from 'preact'
import type { Benchmarked, Goodputs } from '../../src/plan/serving-plan.js'
import { change } from '../../src/report/kit/format.js'
import type { ServerState } from '../../src/serve/telemetry/state.js'
import { agoText, significant } from './words.js'

/** The plan in words, and what it gains over plain streams. */
export function Plan({ state }: { readonly state: ServerState }) {
  const { plan, nowMs } = state
  return (
    <section id="plan" aria-labelledby="plan-title">
      <h2 id="plan-title">The plan</h2>
      {plan === undefined ? (
        <p class="intro">
          {state.readiness === 'starting'
            ? 'The plan is being made.'
            : 'The server carries out no plan: models take the device as they come.'}
        </p>
      ) : (
        <>
          <p class="intro">
            In force for {agoText(nowMs - plan.sinceMs)},{' '}
            {plan.policy === 'rough' ? 'a rough one' : `made by ${plan.policy}`}; plans put into
            force since the start: {plan.switches}. <a href="plan">As a file</a>.
          </p>
          <ul class="words">
            {plan.words.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
          <dl class="facts">
            <Gain label="Predicted gain" goodputs={plan.predicted}>
              simulated
            </Gain>
            <Gain label="Benchmarked gain" goodputs={plan.benchmarked}>
              {plan.benchmarked && benchWords(plan.benchmarked)}
            </Gain>
          </dl>
        </>
      )}
    </section>
  )
}

interface GainProps {
  readonly label: string
  readonly goodputs: Goodputs | undefined
  /** Where the figures come from. */
  readonly children: ComponentChildren
}

/** How much more of the demand the plan carries than plain streams do. */
function Gain({ label, goodputs, children }: GainProps) {
  return (
    <div data-gain={label}>
      <dt>{label} over plain streams</dt>
      {goodputs === undefined ? (
        <dd>
          –<small>not known</small>
        </dd>
      ) : (
        <dd>
          {gainText(goodputs)}
          <small>
            {significant(goodputs.goodput)} instead of {significant(goodputs.plainStreamsGoodput)}{' '}
            times the demand, all targets kept; {children}
          </small>
        </dd>
      )}
    </div>
  )
}

/** If plain streams carry nothing, no percentage can say how much more the plan carries. */
function gainText({ goodput, plainStreamsGoodput }: Goodputs): string {
  return plainStreamsGoodput > 0 ? change(goodput, plainStreamsGoodput) : '–'
}

function benchWords({
  joulesPerRequest,
  plainStreamsJoulesPerRequest,
  gpu,
  date,
}: Benchmarked): string {
  const isMetered = joulesPerRequest !== undefined && plainStreamsJoulesPerRequest !== undefined
  const energy = isMetered
    ? `${significant(joulesPerRequest)} instead of ${significant(plainStreamsJoulesPerRequest)} J a request; `
    : ''
  return `${energy}on ${gpu}, ${date.slice(0, 10)}`
}

/** What was decided recently, and why. */
export function Events({ state: { events, nowMs } }: { readonly state: ServerState }) {
  if (events.length === 0) return null
  return (
    <section id="events" aria-labelledby="events-title">
      <h2 id="events-title">Decided lately</h2>
      <ul class="events">
        {events.map(({ atMs, text }) => (
          <li key={`${atMs} ${text}`}>
            <span>{agoText(nowMs - atMs)} ago</span> {text}
          </li>
        ))}
      </ul>
    </section>
  )
}
