import { type TableStyle, textTable } from '../../kit/text-table.js'

/** What fitting a device to measured points changed. */
interface Fit {
  /** The error before and after, as the fit weighs it. */
  readonly lossBefore: number
  readonly loss: number
  readonly parameters: readonly {
    readonly name: string
    readonly before: number
    readonly after: number
    readonly unit: string
    readonly meaning: string
  }[]
}

/** One row for each parameter that was fitted, then the error before and after. */
export function calibrationText({ lossBefore, loss, parameters }: Fit, style: TableStyle): string {
  const rows = parameters.map(({ name, before, after, unit, meaning }) => [
    name,
    before.toPrecision(3),
    after.toPrecision(3),
    unit,
    meaning,
  ])
  const table = textTable(['parameter', 'before', 'fitted', 'unit', 'meaning'], rows, style)
  return `${table}error ${lossBefore.toFixed(4)} before, ${loss.toFixed(4)} fitted`
}
