import type { Html } from '../../src/report/kit/html.js'

/** A chart of the report kit, whose markup has escaped its contents. */
export function Chart({ of }: { readonly of: Html }) {
  return <div dangerouslySetInnerHTML={{ __html: of.markup }} />
}
