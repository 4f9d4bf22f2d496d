import { type Content, Html, html } from './html.js'
import { STYLE } from './style.js'
import { type TableData, table } from './table-html.js'

/** A figure in the head of the page: `Weighted speedup`, `1.60`, `+25% over baseline`. */
export interface Fact {
  readonly label: Content
  readonly value: string
  readonly detail?: string | undefined
}

export interface Section {
  /** The anchor of the section, unique on the page. */
  readonly id: string
  readonly title: string
  /** The short name in the list of sections; the title if left out. */
  readonly short?: string | undefined
  readonly intro?: Content
  readonly body: Content
}

export interface PageContent {
  /** The heading of the page, and the title of its window. */
  readonly title: string
  /** One to three sentences that say what was found. */
  readonly lead: Content
  readonly facts?: readonly Fact[] | undefined
  readonly sections: readonly Section[]
  readonly footer?: Content
}

/** A self-contained page that needs no network and no script. */
export function page(content: PageContent): string {
  const { title, lead, facts = [], sections, footer } = content
  const body = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${facts.length > 0 && html`<dl class="facts">${facts.map(factItem)}</dl>`}
${sections.length > 2 && html`<nav aria-label="Sections">${sections.map(sectionLink)}</nav>`}
</header>
${sections.map(sectionBody)}
${footer && html`<footer>${footer}</footer>`}
</main>
</body>
</html>
`
  return body.markup
}

function factItem({ label, value, detail }: Fact): Html {
  return html`<div><dt>${label}</dt><dd>${value}${detail && html`<small>${detail}</small>`}</dd></div>`
}

function sectionLink({ id, title, short }: Section): Html {
  return html`<a href="#${id}">${short ?? title}</a>`
}

function sectionBody({ id, title, intro, body }: Section): Html {
  return html`<section id="${id}">
<h2>${title}</h2>
${intro && html`<p class="intro">${intro}</p>`}
${body}
</section>
`
}

/** A remark beside a figure or table. */
export function note(text: Content): Html {
  return html`<p class="note">${text}</p>`
}

export interface FigureContent {
  /** What the figure shows, as a phrase. */
  readonly caption: string
  /** How to read it. */
  readonly detail?: Content
  /** A chart, {@link panels} of charts, or any markup. */
  readonly chart: Html
  readonly legend?: Html | undefined
  /** The numbers behind the figure, for readers who cannot see it. */
  readonly table?: TableData | undefined
}

/** A figure with its caption, its legend and, folded below it, its numbers. */
export function figure({ caption, detail, chart, legend, table: data }: FigureContent): Html {
  return html`<figure>
<figcaption>${caption}${detail && html` <span>${detail}</span>`}</figcaption>
${legend}
${chart}
${data && folded('Numbers', table(data))}
</figure>
`
}

/** Markup that opens on a click. */
export function folded(summary: string, body: Content): Html {
  return html`<details><summary>${summary}</summary>${body}</details>`
}

export interface LegendItem {
  readonly label: string
  /** CSS colour, e.g. {@link seriesColour}(0). */
  readonly colour: string
  readonly shape?: 'box' | 'line' | undefined
}

export function legend(items: readonly LegendItem[]): Html {
  return html`<ul class="legend">${items.map(
    ({ label, colour, shape = 'box' }) =>
      html`<li><i class="${shape}" style="--c:${colour}"></i>${label}</li>`,
  )}</ul>`
}

export interface Panel {
  readonly title: string
  /** CSS colour of a swatch before the title. */
  readonly colour?: string | undefined
  readonly chart: Html
}

/** Small charts side by side. A row holds as many as fit when each is at least `leastPx` wide. */
export function panels(charts: readonly Panel[], leastPx = 220): Html {
  return html`<div class="panels" style="--least:${leastPx}px">${charts.map(
    ({ title, colour, chart }) =>
      html`<div><h3>${colour && html`<i style="--c:${colour}"></i>`}${title}</h3>${chart}</div>`,
  )}</div>`
}
