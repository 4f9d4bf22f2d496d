import { type Content, type Html, html } from './html.js'

export interface Column {
  readonly title: Content
  /** Written below the title in faint letters. */
  readonly unit?: string | undefined
  /** Numbers (the default) are aligned to the right, words to the left. Long words are wrapped. */
  readonly kind?: 'number' | 'text' | 'wrapped' | undefined
}

export interface Cell {
  readonly value: Content
  /** Written below the value in faint letters, one to a line. The tone, if there is one, colours the first. */
  readonly detail?: string | readonly string[] | undefined
  /** Good or bad news. It colours the detail, or the value if there is no detail. */
  readonly tone?: 'good' | 'bad' | undefined
}

export interface Row {
  /** The first cell is the name of the row; then comes one for each further column. */
  readonly cells: readonly (Cell | string)[]
  readonly emphasis?: 'best' | undefined
}

export interface TableData {
  /** What the table holds, for readers who cannot see it. */
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/**
 * A table that scrolls inside a box of its own while its first column stays in
 * place. Cells must be formatted already.
 */
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
