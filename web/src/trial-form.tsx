import { useState } from 'preact/hooks'
import type { TrialRequest } from '../../src/serve/planning/trial.js'
import type { ServerState } from '../../src/serve/telemetry/state.js'

type Tryable = NonNullable<ServerState['tryable']>
type Mechanism = TrialRequest['mechanism']
type ModelChoice = TrialRequest['models'][number]

const MECHANISMS: Readonly<Record<Mechanism, string>> = {
  mps: 'a process each, side by side (MPS)',
  'time-slices': 'a process each, in turns of time',
  streams: 'streams of one process',
}

interface Props {
  readonly tryable: Tryable
  readonly isBusy: boolean
  readonly onTry: (request: TrialRequest) => void
}

/** Fields for everything that another plan may change. They start with the values of the present plan. */
export function TrialForm({ tryable, isBusy, onTry }: Props) {
  const [mechanism, setMechanism] = useState(tryable.mechanisms[0])
  const [changes, setChanges] = useState<Readonly<Record<string, Partial<ModelChoice>>>>({})
  const choices = tryable.models.map(
    ({ name, instances, cus, largestBatch, maxDelayMs }): ModelChoice => ({
      name,
      instances,
      cus,
      largestBatch,
      maxDelayMs,
      ...changes[name],
    }),
  )
  const changeOf = (name: string) => (change: Partial<ModelChoice>) => {
    setChanges((earlier) => ({ ...earlier, [name]: { ...earlier[name], ...change } }))
  }
  return (
    <form
      class="trial"
      onSubmit={(event) => {
        event.preventDefault()
        onTry({ mechanism, models: choices })
      }}
    >
      <label>
        Instances run as
        <select
          name="mechanism"
          value={mechanism}
          onChange={(event) => setMechanism(event.currentTarget.value as Mechanism)}
        >
          {tryable.mechanisms.map((one) => (
            <option key={one} value={one}>
              {MECHANISMS[one]}
            </option>
          ))}
        </select>
      </label>
      {tryable.models.map((model, i) => (
        <ModelFields
          key={model.name}
          model={model}
          choice={choices[i]}
          onChange={changeOf(model.name)}
        />
      ))}
      <div class="buttons">
        <button type="submit" disabled={isBusy}>
          Simulate
        </button>
        <button type="button" class="quiet" onClick={() => setChanges({})}>
          Back to the present plan
        </button>
      </div>
    </form>
  )
}

interface FieldsProps {
  readonly model: Tryable['models'][number]
  readonly choice: ModelChoice
  readonly onChange: (change: Partial<ModelChoice>) => void
}

function ModelFields({ model, choice, onChange }: FieldsProps) {
  return (
    <fieldset>
      <legend>{model.name}</legend>
      <NumberField
        label="Instances"
        value={choice.instances}
        least={1}
        most={model.mostInstances}
        onChange={(instances) => onChange({ instances })}
      />
      <NumberField
        label="CUs of each"
        value={choice.cus}
        least={1}
        onChange={(cus) => onChange({ cus })}
      />
      <label>
        Largest batch
        <select
          value={choice.largestBatch}
          onChange={(event) => onChange({ largestBatch: Number(event.currentTarget.value) })}
        >
          {model.batches.map((batch) => (
            <option key={batch} value={batch}>
              {batch}
            </option>
          ))}
        </select>
      </label>
      <NumberField
        label="Longest wait for a batch, ms"
        value={choice.maxDelayMs}
        least={0}
        step="any"
        onChange={(maxDelayMs) => onChange({ maxDelayMs })}
      />
    </fieldset>
  )
}

interface NumberFieldProps {
  readonly label: string
  readonly value: number
  readonly least: number
  readonly most?: number
  readonly step?: 'any'
  readonly onChange: (value: number) => void
}

function NumberField({ label, value, least, most, step, onChange }: NumberFieldProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        required
        min={least}
        max={most}
        step={step ?? 1}
        value={value}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}
