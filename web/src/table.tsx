import type { ComponentChildren } from 'preact'

interface TableProps {
  readonly caption: string
  readonly columns: readonly string[]
  readonly children: ComponentChildren
}

/** A table that scrolls inside a box of its own while its first column stays in place. */
export function Table({ caption, columns, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be in reach of keys.
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}
