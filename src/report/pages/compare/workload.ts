import { bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { type Html, html } from '../../kit/html.js'
import { note, type Section } from '../../kit/page.js'
import { type Row, type TableData, table } from '../../kit/table-html.js'
import { verdictText } from '../plan/verdict.js'
import { runsText, workerVerdict, workloadColumns } from '../plan/workload-table.js'
import { foldedOthers } from './marks.js'
import type { CompareReport } from './report.js'

/** The section on the load that each worker is offered, how much of it is served, and whether targets are kept. */
export function workload({ outcomes }: CompareReport): Section {
  const best = bestOf(outcomes)
  const others = outcomes.filter((outcome) => outcome !== best)
  return {
    id: 'workload',
    title: 'The workload and its targets',
    short: 'Workload',
    intro: html`What is offered to each worker, and what is served of it. A request is one batch of samples.${best.judgement.workers.some(({ utilisation }) => utilisation !== null) && html` From a ${term(DEFINITIONS.utilisation)} of 100% on a worker is overloaded, and its queue grows without end.`}`,
    body: html`${drawOutcome(best)}${foldedOthers('Workload tables', others, drawOutcome)}`,
  }
}

function drawOutcome(outcome: PolicyOutcome): Html {
  const verdict = verdictText(outcome.judgement)
  return html`${table(workloadData(outcome))}${verdict && note(`${outcome.policy}: ${verdict}`)}${note(runsText(outcome.judgement))}`
}

function workloadData({ policy, plan, judgement }: PolicyOutcome): TableData {
  const columns = workloadColumns(judgement)
  return {
    caption: `Worker by worker, under ${policy}`,
    columns: [{ title: 'Worker' }, ...columns.map(({ title, unit }) => ({ title, unit }))],
    rows: judgement.workers.map((worker, w): Row => {
      const texts = columns.map(({ cell }) => cell(worker, plan.workers[w].batch))
      const isGood = workerVerdict(worker) === 'met'
      const verdict = texts[texts.length - 1]
      const isAsked = worker.isOverloaded || worker.p95Target || worker.minimumShare
      return {
        cells: [
          worker.name,
          ...texts.slice(0, -1),
          isAsked ? { value: verdict, tone: isGood ? 'good' : 'bad' } : verdict,
        ],
      }
    }),
  }
}
