// How long launches take beside one another in processes under MPS that are told of the whole device, as `eclip size`
// plans them. A state is a number of launches for each model of a group; each launch is followed at once by the next
// of its kind. In addition, the round trip of one launch at a time, which also has the time to dispatch it.
//
//   npm run build && node lab/h200/crowd-states.mjs OUT.json --groups 'bert/1,gpt2/1;albert/8,vgg19/8' --percents 40,100
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadShippedProfile } from '../../dist/io/library.js'
import { modelRequest } from '../../dist/torch/model-request.js'
import { withToldProcesses } from '../../dist/torch/told-processes.js'
import { roundTripsMs } from './round-trips.mjs'

/** How many processes each model of a group has. */
const COPIES = 3
const RUN = { seconds: 0.25, warmSeconds: 0.1 }
const ROUND_TRIPS = 40

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    groups: { type: 'string' },
    percents: { type: 'string', default: '30,40,60,100' },
    device: { type: 'string', default: 'h200' },
    /** The program of a worker process that stands in for the real one, to try this script without a GPU. */
    worker: { type: 'string' },
  },
})
const [out] = positionals
const groups = values.groups.split(';').map((group) =>
  group.split(',').map((text) => {
    const [name, batch] = text.split('/')
    return loadShippedProfile(values.device, name, Number(batch), { file: 'groups', path: text })
  }),
)

/** How many launches of each model run: one alone, two, one of each, and some with several of each. */
function statesOf(models) {
  const of = (pairs) => Array.from({ length: models }, (_, m) => pairs[m] ?? 0)
  const states = [1, 2, 3].map((each) => of(Array(models).fill(each)))
  for (let one = 0; one < models; one++) {
    for (let count = 1; count <= COPIES; count++) states.push(of({ [one]: count }))
    for (let other = one + 1; other < models; other++) states.push(of({ [one]: 1, [other]: 1 }))
    states.push(of({ [one]: 3, [(one + 1) % models]: 1, [(one + 2) % models]: 2 }))
  }
  return states
}

const options = values.worker ? { command: values.worker.split(' ') } : {}
const most = COPIES * Math.max(...groups.map((group) => group.length))
const measured = { trips: [], states: [] }
for (const percent of values.percents.split(',').map(Number)) {
  await withToldProcesses(Array(most).fill(percent), options, async (processes) => {
    const { device, versions } = processes[0].worker.hello
    for (const group of groups) {
      const names = group.map(({ model, batch }) => `${model}/${batch}`)
      const own = (m) => processes.slice(COPIES * m, COPIES * (m + 1)).map(({ worker }) => worker)
      const each = (act) =>
        Promise.all(group.flatMap((profile, m) => own(m).map((w) => act(w, profile, m))))
      await each((worker, profile, m) =>
        worker.load({ worker: names[m], batches: [profile.batch], ...modelRequest(profile) }),
      )
      console.error(`${percent}%, ${names}: loaded at ${(performance.now() / 1000).toFixed(0)} s`)
      for (const [m, { batch }] of group.entries()) {
        const tripsMs = await roundTripsMs(own(m)[0], names[m], batch, ROUND_TRIPS)
        measured.trips.push({ percent, model: names[m], tripsMs })
      }
      for (const counts of statesOf(group.length)) {
        const running = group.flatMap(({ batch }, m) =>
          own(m)
            .slice(0, counts[m])
            .map((worker) => ({ worker, batch, m })),
        )
        const ran = await Promise.all(
          running.map(({ worker, batch, m }) =>
            worker.run({
              ...RUN,
              workers: [{ worker: names[m], batch, load: { kind: 'closed' } }],
            }),
          ),
        )
        const rates = ran.map(({ workers: [{ rps }] }) => Number(rps.toFixed(2)))
        const models = running.map(({ m }) => names[m])
        measured.states.push({ percent, models, rates })
      }
      await each((worker, _, m) => worker.unload(names[m]))
      const result = { gpu: device.name, versions, date: new Date().toISOString(), run: RUN }
      writeFileSync(out, `${JSON.stringify({ ...result, ...measured })}\n`)
    }
  })
}
console.error(`done at ${(performance.now() / 1000).toFixed(0)} s`)
