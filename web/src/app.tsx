import { useState } from 'preact/hooks'
import type { ServerState } from '../../src/serve/telemetry/state.js'
import { Holdings } from './holdings.js'
import { KeyForm } from './key-form.js'
import { Models, Totals } from './models.js'
import { OverTime } from './over-time.js'
import { Events, Plan } from './plan.js'
import { TryAnotherPlan } from './trial.js'
import { type ServerView, useServer } from './use-server.js'
import { agoText, keepsTarget, known, newsText, significant } from './words.js'

/** The dashboard of one server. */
export function App() {
  const [isPaused, setPaused] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const view = useServer(isPaused, attempt)
  const { state, history, connection } = view
  if (connection === 'key-needed') {
    return <KeyForm onKey={() => setAttempt((earlier) => earlier + 1)} />
  }
  return (
    <main>
      <header>
        <h1>{state === undefined ? 'eclip' : titleOf(state)}</h1>
        <p class="lead">{state === undefined ? 'Asking the server…' : leadOf(state)}</p>
        <p class="connection">
          <span class={connection}>{connectionText(view, isPaused)}</span>
          <button type="button" class="quiet" onClick={() => setPaused(!isPaused)}>
            {isPaused ? 'Go on' : 'Pause'}
          </button>
        </p>
        {state && (
          <p role="status" class="unseen">
            {newsText(state)}
          </p>
        )}
        {state && <Facts state={state} />}
        <nav aria-label="Sections">
          <a href="#models">Models</a>
          <a href="#holdings">Who holds what</a>
          <a href="#time">The last minutes</a>
          <a href="#plan">The plan</a>
          {state?.tryable && <a href="#try">Try another plan</a>}
        </nav>
      </header>
      {state && (
        <>
          <Models state={state} />
          <Holdings state={state} />
          <OverTime state={state} history={history} />
          <Plan state={state} />
          {state.tryable && <TryAnotherPlan tryable={state.tryable} />}
          <Events state={state} />
          <Totals state={state} />
          <footer>
            The same numbers, for machines: <a href="metrics">/metrics</a>,{' '}
            <a href="eclip/state">/eclip/state</a>, <a href="plan">/plan</a>.
          </footer>
        </>
      )}
    </main>
  )
}

function titleOf({ device, models }: ServerState): string {
  return `${models.length} model${models.length === 1 ? '' : 's'} on ${device.name}`
}

function leadOf({ server, device, readiness, nowMs, startedMs }: ServerState): string {
  const simulated = device.kind === 'sim' ? ' Latencies are simulated; nothing is computed.' : ''
  return `${server.name} ${server.version}, ${readiness}, up for ${agoText(nowMs - startedMs)}.${simulated}`
}

function connectionText({ connection, problem }: ServerView, isPaused: boolean): string {
  if (isPaused) return 'Paused.'
  if (connection === 'lost') return `No answer from the server (${problem}); trying again.`
  return connection === 'live' ? 'Live.' : 'Connecting.'
}

function Facts({ state }: { readonly state: ServerState }) {
  const { models, device } = state
  const answeredPerS = models.reduce((total, model) => total + model.answeredPerS, 0)
  const verdicts = models.map(keepsTarget).filter((keeps) => keeps !== undefined)
  const kept = verdicts.filter((keeps) => keeps).length
  const perRequestJ =
    device.powerW !== undefined && answeredPerS > 0 ? device.powerW / answeredPerS : undefined
  return (
    <dl class="facts">
      <Fact label="Answered" value={`${significant(answeredPerS)}/s`} />
      <Fact
        label="Targets kept"
        value={verdicts.length === 0 ? '–' : `${kept} of ${verdicts.length}`}
        tone={kept < verdicts.length ? 'bad' : ''}
      />
      <Fact label="Power" value={known(device.powerW, ' W')} />
      <Fact label="Energy of a request" value={known(perRequestJ, ' J')} />
    </dl>
  )
}

interface FactProps {
  readonly label: string
  readonly value: string
  readonly tone?: string
}

function Fact({ label, value, tone = '' }: FactProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd class={tone} data-fact={label}>
        {value}
      </dd>
    </div>
  )
}
