import type { ServingPlan } from '../../plan/serving-plan.js'
import type { SizeSettings, Sizing } from '../../size/size-demand.js'
import type { Demand } from '../../workload/demand.js'
import type { Forecast } from './forecast.js'
import type { ArrivalWindow } from './recent-arrivals.js'

/** Makes plans and forecasts while the server goes on. */
export interface Planner {
  /** The plan that carries most of a demand, found as `eclip size` finds it. @throws WorkError */
  size(demand: Demand): Promise<Sizing>
  /** What would have become of the same requests under each plan. @throws WorkError */
  forecast(plans: readonly ServingPlan[], arrivals: ArrivalWindow): Promise<Forecast[][]>
}

/** A task for a planning thread. */
export type PlanningTask =
  | { readonly kind: 'size'; readonly demand: Demand; readonly settings: SizeSettings }
  | {
      readonly kind: 'forecast'
      readonly plans: readonly ServingPlan[]
      readonly levels: number
      readonly arrivals: ArrivalWindow
    }
