import type { Trial } from '../../src/serve/planning/trial.js'
import { Table } from './table.js'
import { agoText, known, shareText, whole } from './words.js'

interface Props {
  readonly trial: Trial
  readonly onApply: (trial: Trial) => void
}

/** What would have become of the last minutes under the other plan, beside the present one. */
export function TrialResult({ trial, onApply }: Props) {
  return (
    <>
      <ul class="words">
        {trial.words.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Table
        caption={`Simulated on the last ${agoText(trial.overS * 1000)} of requests`}
        columns={[
          'Model',
          'Requests',
          'In time',
          'In time, tried',
          'p95, ms',
          'p95, tried',
          'Not answered',
          'Not answered, tried',
        ]}
      >
        {trial.models.map(({ name, requests, present, tried }) => (
          <tr key={name} data-trial={name}>
            <th scope="row">{name}</th>
            <td>{whole(requests)}</td>
            <td>{shareText(present.attainment)}</td>
            <td class={tone(tried.attainment, present.attainment)}>
              {shareText(tried.attainment)}
            </td>
            <td>{known(present.p95Ms)}</td>
            <td>{known(tried.p95Ms)}</td>
            <td>{whole(present.notAnswered)}</td>
            <td>{whole(tried.notAnswered)}</td>
          </tr>
        ))}
      </Table>
      <p class="buttons">
        <button type="button" onClick={() => onApply(trial)}>
          Apply this plan
        </button>
      </p>
    </>
  )
}

function tone(tried: number, present: number): string {
  if (tried === present) return ''
  return tried > present ? 'good' : 'bad'
}
