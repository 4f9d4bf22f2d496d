import { type Content, type Html, html } from './html.js'

export interface Column {
  readonly title: Content
  /** Below the title, faint. */
  readonly unit?: string | undefined
  /** Numbers to the right (the default), words to the left, long words wrapped. */
  readonly kind?: 'number' | 'text' | 'wrapped' | undefined
}

export interface Cell {
  readonly value: Content
  /** Below the value, faint; coloured where it is good or bad news. */
  readonly detail?: string | undefined
  readonly tone?: 'good' | 'bad' | undefined
}

export interface Row {
  /** First cell, the row's name, then one per further column. */
  readonly cells: readonly (Cell | string)[]
  readonly emphasis?: 'best' | undefined
}

export interface TableData {
  readonly caption?: string | undefined
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** A table that scrolls inside its own box, its first column in place. Cells come formatted. */
export function table({ caption, columns, rows }: TableData): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption ?? 'Table'}">
<table>
${caption && html`<caption>${caption}</caption>`}
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, columns))}</tbody>
</table>
</div>
`
}

function heading({ title, unit, kind }: Column): Html {
  const text = kind === 'text' || kind === 'wrapped'
  return html`<th scope="col"${text && html` class="text"`}>${title}${unit && html` <small>${unit}</small>`}</th>`
}

function tableRow({ cells, emphasis }: Row, columns: readonly Column[]): Html {
  return html`<tr${emphasis && html` class="${emphasis}"`}>${cells.map((cell, i) =>
    tableCell(typeof cell === 'string' ? { value: cell } : cell, i, columns[i]),
  )}</tr>
`
}

const CLASSES = { number: undefined, text: 'text', wrapped: 'text wrap' } as const

function tableCell({ value, detail, tone }: Cell, index: number, column: Column): Html {
  const small = detail && html`<small${tone && html` class="${tone}"`}>${detail}</small>`
  if (index === 0) return html`<th scope="row">${value}${small}</th>`
  const name = CLASSES[column?.kind ?? 'number']
  return html`<td${name && html` class="${name}"`}>${value}${small}</td>`
}
