import type { ServerState } from '../../src/serve/state.js'
import { agoText } from './words.js'

/** The plan in words. */
export function Plan({ state }: { readonly state: ServerState }) {
  const { plan, nowMs } = state
  return (
    <section id="plan" aria-labelledby="plan-title">
      <h2 id="plan-title">The plan</h2>
      {plan === undefined ? (
        <p class="intro">The server carries out no plan: models take the device as they come.</p>
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
        </>
      )}
    </section>
  )
}

/** What was decided lately, and why. */
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
