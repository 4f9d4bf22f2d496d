/** Gives the second and later of a name a number: `densenet201/8#2`. */
export function nameApart<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const nth = (seen.get(item.name) ?? 0) + 1
    seen.set(item.name, nth)
    return nth === 1 ? item : { ...item, name: `${item.name}#${nth}` }
  })
}
