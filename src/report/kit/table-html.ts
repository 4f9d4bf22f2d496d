import { type Content, type Html, html } from './html.js'

export interface Column {
  readonly title: Content
  /** Below the title, faint. */
  readonly unit?: string | undefined
  /**
   * Numbers are aligned to the right (the default) and words to the left; long words are wrapped.
   */
  readonly kind?: 'number' | 'text' | 'wrapped' | undefined
}

export interface Cell {
  readonly value: Content
  /** Below the value, faint, one to a line; the first is coloured where there is a tone. */
  readonly detail?: string | readonly string[] | undefined
  /** Good or bad news: colours the detail, or the value where there is no detail. */
  readonly tone?: 'good' | 'bad' | undefined
}

export interface Row {
  /** First cell, the row's name, then one per further column. */
  readonly cells: readonly (Cell | string)[]
  readonly emphasis?: 'best' | undefined
}

export interface TableData {
  /** What the table holds, for those who cannot see it. */
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** A table that scrolls inside its own box, its first column in place. Cells come formatted. */
export function table({ caption, columns, rows }: TableData): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table>
<caption>${caption}</caption>
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
  const details = [detail ?? []].flat().filter((line) => line !== '')
  const small = details.map(
    (line, i) => html`<small${i === 0 && tone && html` class="${tone}"`}>${line}</small>`,
  )
  const text = tone && details.length === 0 ? html`<span class="${tone}">${value}</span>` : value
  const name = CLASSES[column?.kind ?? 'number']
  if (index === 0) {
    return html`<th scope="row"${column.kind === 'wrapped' && html` class="wrap"`}>${text}${small}</th>`
  }
  return html`<td${name && html` class="${name}"`}>${text}${small}</td>`
}
