/** Makes names unique by numbering repeated ones: `densenet201/8`, `densenet201/8#2`. */
export function withDistinctNames<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const nth = (seen.get(item.name) ?? 0) + 1
    seen.set(item.name, nth)
    return nth === 1 ? item : { ...item, name: `${item.name}#${nth}` }
  })
}
