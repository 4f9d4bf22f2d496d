import { useState } from 'preact/hooks'
import type { Trial, TrialRequest } from '../../src/serve/planning/trial.js'
import type { ServerState } from '../../src/serve/telemetry/state.js'
import { applyTrial, tryPlan } from './server.js'
import { TrialForm } from './trial-form.js'
import { TrialResult } from './trial-result.js'

type Tryable = NonNullable<ServerState['tryable']>

/** Where the trial of another plan stands. */
type Stage =
  | { readonly kind: 'choosing' }
  | { readonly kind: 'simulating' }
  | { readonly kind: 'tried'; readonly trial: Trial }
  | { readonly kind: 'applying'; readonly trial: Trial }
  | { readonly kind: 'applied' }
  | { readonly kind: 'failed'; readonly problem: string }

/**
 * Lets the user try another plan: it is first simulated on real requests of the last minutes, then put into force.
 */
export function TryAnotherPlan({ tryable }: { readonly tryable: Tryable }) {
  const [stage, setStage] = useState<Stage>({ kind: 'choosing' })
  const attempt = async (work: () => Promise<Stage>): Promise<void> => {
    try {
      setStage(await work())
    } catch (error) {
      setStage({ kind: 'failed', problem: error instanceof Error ? error.message : String(error) })
    }
  }
  const simulate = (request: TrialRequest): void => {
    setStage({ kind: 'simulating' })
    void attempt(async () => ({ kind: 'tried', trial: await tryPlan(request) }))
  }
  const apply = (trial: Trial): void => {
    setStage({ kind: 'applying', trial })
    void attempt(async () => {
      await applyTrial(trial.id)
      return { kind: 'applied' }
    })
  }
  const isBusy = stage.kind === 'simulating' || stage.kind === 'applying'
  return (
    <section id="try" aria-labelledby="try-title">
      <h2 id="try-title">Try another plan</h2>
      <p class="intro">
        It is simulated on the last minutes of real requests first; nothing changes until you apply
        it.
      </p>
      <TrialForm tryable={tryable} isBusy={isBusy} onTry={simulate} />
      <div role="status" class="stage">
        {stage.kind === 'simulating' && <p>Simulating…</p>}
        {stage.kind === 'applying' && <p>Putting the plan into force…</p>}
        {stage.kind === 'applied' && <p class="good">The plan is in force.</p>}
        {stage.kind === 'failed' && <p class="bad">That failed: {stage.problem}</p>}
        {stage.kind === 'tried' && <TrialResult trial={stage.trial} onApply={apply} />}
      </div>
    </section>
  )
}
