import type { BlocksOnCells, Machine } from '../model/machine.js'

/** Where blocks of one kernel go: the cells that get blocks, how many each gets, and how many there are in all. */
export interface Placement extends BlocksOnCells {
  blocks: number
}

/** A placement with room for all cells. */
export function createPlacement(cells: number): Placement {
  return { cell: new Int16Array(cells), count: new Int16Array(cells), from: 0, size: 0, blocks: 0 }
}

/**
 * Cuts the noted room of a placement down to its `blocks`. Blocks go where there is most room, so
 * that all compute units that get any end up with equal room left.
 * @param before buffer that receives the original room, one value per cell
 */
export function keepRoomiest({ cus }: Machine, placement: Placement, before: Int16Array): void {
  const { cell, count, size } = placement
  const level = levelAfter(cus, placement)
  let left = placement.blocks
  for (let i = 0; i < size; i++) {
    before[i] = count[i]
    const above = Math.floor(count[i] - level * cus[cell[i]])
    count[i] = above > 0 ? Math.min(above, left) : 0
    left -= count[i]
  }
  for (let i = 0; left > 0; i = (i + 1) % size) {
    if (count[i] === before[i]) continue
    count[i]++
    left--
  }
}

/** The room left per compute unit after the blocks have gone where there was the most. */
function levelAfter(cus: Int32Array, { blocks, cell, count, size }: Placement): number {
  let level = 0
  for (;;) {
    let room = -blocks
    let units = 0
    let lowest = Number.POSITIVE_INFINITY
    for (let i = 0; i < size; i++) {
      const own = cus[cell[i]]
      const each = count[i] / own
      if (each <= level) continue
      room += count[i]
      units += own
      if (each < lowest) lowest = each
    }
    if (room <= lowest * units) return room / units
    level = lowest
  }
}
