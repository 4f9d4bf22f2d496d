/** The work failed. */
export const FAILED = 1
export const BAD_INPUT = 2
/** The work is done, and its answer is no: a target is missed or may be missed, or a demand does not fit. */
export const NOT_KEPT = 3
