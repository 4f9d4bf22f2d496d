import type { ServingPlan } from '../../plan/serving-plan.js'
import type { SizeSettings, Sizing } from '../../size/size-demand.js'
import type { Demand } from '../../workload/demand.js'
import type { Forecast } from './forecast.js'
import type { ArrivalWindow } from './recent-arrivals.js'

/** Makes plans and says what they would do, beside the server, which must not wait for it. */
export interface Planner {
  /** The plan that carries most of a demand, as `eclip size` finds it. @throws WorkError */
  size(demand: Demand): Promise<Sizing>
  /** What each plan would have made of the same requests. @throws WorkError */
  forecast(plans: readonly ServingPlan[], arrivals: ArrivalWindow): Promise<Forecast[][]>
}

/** A piece of work for a planning thread. */
export type PlanningTask =
  | { readonly kind: 'size'; readonly demand: Demand; readonly settings: SizeSettings }
  | {
      readonly kind: 'forecast'
      readonly plans: readonly ServingPlan[]
      readonly levels: number
      readonly arrivals: ArrivalWindow
    }
