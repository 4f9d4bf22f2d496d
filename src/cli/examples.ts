/** Calls worth copying, by command. `--help` shows them, and a test checks that they can be parsed. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  demo: ['eclip demo', 'eclip demo --report demo.html --seconds 0.2'],
  compare: [
    'eclip compare vgg19/8+albert/1 --policy baseline,equal,windows',
    'eclip compare resnet152+vgg19@32 --report r.html --trace t.json',
  ],
  plan: [
    "eclip plan 'vgg19/8+2*albert/1' -o mix.plan.json",
    'eclip plan mix.json --policy eclip --switch-budget 5',
    'eclip plan mix.json --objective work-per-joule --search-plans 600',
  ],
  explain: ['eclip explain mix.plan.json', 'eclip explain serving.json'],
  diff: ['eclip diff a.plan.json b.plan.json'],
  simulate: ['eclip simulate vgg19/8+albert/1 --plan mix.plan.json --seconds 5 --seed 2'],
  size: [
    'eclip size resnet152/8:60@5x+vgg19/8:120@8ms',
    'eclip size demand.json -o serving.json --report size.html',
    'eclip size demand.json --add alexnet/8:300@5x',
  ],
  validate: [
    'eclip validate points.json --report errors.html',
    'eclip validate points.json --leave-one-out --trials 80',
  ],
  calibrate: [
    'eclip calibrate points.json --save',
    'eclip calibrate points.json -o fitted.json --trials 120',
    'eclip calibrate --measure --minutes 8 --save',
  ],
  doctor: ['eclip doctor'],
  characterize: ['eclip characterize', 'eclip characterize --name lab-gpu --raw measured.json'],
  dispatch: ['eclip dispatch mix.plan.json'],
  'profile measure': [
    'eclip profile torchvision:vit_b_16 transformers:bert --batch 4,8',
    'eclip profile resnet152 --batch 1 -o profiles',
  ],
  'profile synth': [
    'eclip profile synth --model resnet152 --batch 1 -o resnet152-1.json',
    'eclip profile synth --model resnet152 --batch 1,8 --device a100 -o eclip/profiles/a100',
  ],
  import: [
    'eclip import trace.json --model bert --batch 4',
    'eclip import report.sqlite --model bert --batch 4 --device h200 --requests 10',
  ],
  library: ['eclip library', 'eclip library --json'],
  bench: [
    'eclip bench vgg19/8+albert/1 -o points.json',
    'eclip bench mix.json --policy none --plan mix.plan.json --rivals mps-40,time-sliced',
  ],
  serve: [
    'eclip serve resnet152/8:60@5x+vgg19/8:120@8ms',
    'eclip serve demand.json --device cuda --plan serving.json --api-keys keys.json',
  ],
  load: [
    'eclip load http://127.0.0.1:8000',
    'eclip load grpc://127.0.0.1:8001 --demand demand.json --shared-memory',
  ],
  run: [
    'eclip run --share 50% -- ./train',
    'eclip run --share 64 --priority low --memory 20 -- ./server --port 9000',
    'eclip run --share 25% --priority low --yield -- ./train',
    'eclip run --granules text=0-7,image=8-14 -- ./server',
    'eclip run --plan mix.plan.json --member albert/8 -- ./server',
  ],
  up: ['eclip up programs.json', 'eclip up programs.json --check'],
  ps: ['eclip ps', 'eclip ps --json'],
  set: [
    'eclip set vision --priority high',
    'eclip set vision --share 25% --restart',
    'eclip set text --yield on',
  ],
  top: ['eclip top', 'eclip top --every 5 --rounds 12'],
  'mig layouts': ['eclip mig layouts h100-80'],
  'mig plan': [
    'eclip mig plan --model resnet152 --rate 3000',
    'eclip mig plan --model vgg19 --gpus 2 --exact-check --mig-parted parted.yaml',
  ],
  'mig simulate': ['eclip mig simulate --model resnet152 --gpus 4 --report mig.html'],
  reproduce: [
    'eclip reproduce --report eclip-paper.html',
    'eclip reproduce --perturb',
    'eclip reproduce --set contention.knee=0.65',
  ],
  schema: ['eclip schema plan'],
}
