import { explainServing } from '../../../plan/explain-serving.js'
import type { Addition } from '../../../size/addition.js'
import {
  counted,
  html,
  note,
  page,
  type Section,
  shareText,
  significant,
  table,
} from '../../kit/index.js'
import { attainmentOverLoad, latencyOverLoad } from './charts.js'
import { MODEL_COLUMNS, modelRows } from './columns.js'
import type { SizeResult } from './result.js'
import {
  additionSentence,
  busyHostSentence,
  checkSentence,
  doubledSentence,
  gpusSentence,
  multiple,
  plainStreamsSentence,
  remediesSentence,
  sizeCaution,
  verdict,
} from './sentences.js'

/** A sized demand as a self-contained page. */
export function sizeReport(result: SizeResult): string {
  const { demand, sizing, addition } = result
  const { goodput, gpus, check, firstToMiss } = sizing
  const caution = sizeCaution(result)
  return page({
    title: `${counted(demand.models.length, 'model')} on ${demand.device.name}`,
    lead: `${verdict(sizing)} ${gpusSentence(sizing)} Everything here is simulated; nothing was measured${caution ? `, and ${caution}` : ''}.`,
    facts: [
      {
        label: 'Goodput',
        value: `${multiple(goodput)}×`,
        detail: 'the demand, within all targets',
      },
      {
        label: 'GPUs needed',
        value: gpus === null ? 'none carry it' : `${gpus}`,
        detail: 'with an even part of the requests each',
      },
      { label: 'First to miss', value: firstToMiss, detail: 'as the load grows' },
      {
        label: 'Energy',
        value: `${significant(check.joulesPerRequest)} J`,
        detail: `a request, at ${multiple(check.load)} times the demand`,
      },
    ],
    sections: [
      models(result),
      latencyOverLoad(result),
      attainmentOverLoad(result),
      ...(addition ? [cost(addition)] : []),
      kernelLevel(result),
    ],
    footer: 'Simulated by eclip size. This file needs no network.',
  })
}

function models(result: SizeResult): Section {
  const { sizing } = result
  const [name, ...columns] = MODEL_COLUMNS
  const sentences = [
    plainStreamsSentence(sizing),
    busyHostSentence(sizing),
    doubledSentence(sizing),
    remediesSentence(sizing),
  ]
  return {
    id: 'plan',
    title: 'The plan',
    body: html`<ul>${explainServing(sizing.plan).map((line) => html`<li>${line}</li>`)}</ul>${table(
      {
        caption: 'Models under the plan, at the demand',
        columns: [{ title: name.title }, ...columns.map(({ title, unit }) => ({ title, unit }))],
        rows: modelRows(result).map((cells) => ({ cells })),
      },
    )}${sentences.map((line) => line && note(line))}`,
  }
}

function cost(addition: Addition): Section {
  return {
    id: 'addition',
    title: 'What the addition costs the others',
    short: 'Addition',
    intro: additionSentence(addition),
    body: table({
      caption: 'p95 at the demand, each time under the best plan found',
      columns: [
        { title: 'Model' },
        { title: 'p95 before', unit: 'ms' },
        { title: 'p95 after', unit: 'ms' },
      ],
      rows: addition.models.map(({ name, p95BeforeMs, p95AfterMs }) => ({
        cells: [name, significant(p95BeforeMs), significant(p95AfterMs)],
      })),
    }),
  }
}

function kernelLevel({ sizing }: SizeResult): Section {
  const { check, requestLevel } = sizing
  return {
    id: 'check',
    title: 'Two simulators beside each other',
    short: 'Check',
    intro: `${checkSentence(sizing)} The search uses the quicker request-level simulator; how far the two differ says how far to trust it.`,
    body: table({
      caption: `Both simulators at ${multiple(check.load)} times the demand`,
      columns: [
        { title: 'Model' },
        { title: 'In time', unit: 'request level' },
        { title: 'In time', unit: 'kernel level' },
        { title: 'p95, ms', unit: 'request level' },
        { title: 'p95, ms', unit: 'kernel level' },
        { title: 'Energy of a request', unit: 'J' },
      ],
      rows: requestLevel.map(({ name, attainment, p95Ms }, m) => ({
        cells: [
          name,
          shareText(attainment),
          shareText(check.attainment[m]),
          significant(p95Ms),
          significant(check.p95Ms[m]),
          significant(check.modelJoulesPerRequest[m]),
        ],
      })),
    }),
  }
}
