/** Hues that can be told apart with protanopia, deuteranopia and tritanopia, with a contrast of at least 3:1. */
const LIGHT = [
  '#3a55c4',
  '#b85a0c',
  '#10a090',
  '#741a5e',
  '#a69110',
  '#8c5078',
  '#347eb3',
  '#8b000b',
]
const DARK = [
  '#5c86e0',
  '#d9861f',
  '#1bb592',
  '#a2689b',
  '#dbd27c',
  '#ee97cd',
  '#9be0ff',
  '#c2503c',
]

/** From the ninth on, series repeat the hues in paler colours. */
const PALER = LIGHT.map(
  (_, i) => `--series-${i + 8}:color-mix(in oklab,var(--series-${i}) 52%,var(--page));`,
).join('')

function series(colours: readonly string[]): string {
  return colours.map((colour, i) => `--series-${i}:${colour};`).join('')
}

const LIGHT_THEME = `--page:#ffffff;--panel:#f5f6f8;--ink:#161a20;--soft:#4c5563;--faint:#626b78;
--rule:#dfe3e8;--grid:#e9ecf0;--track:#eceef2;--accent:#2b4db8;--quiet:#9aa9d8;--good:#0b6b4f;--bad:#a3261b;
--heat:#5f7de0;--shade:#00000026;${series(LIGHT)}`

const DARK_THEME = `--page:#12161b;--panel:#191e25;--ink:#e8ebef;--soft:#b3bbc6;--faint:#8f99a6;
--rule:#2c333c;--grid:#232a32;--track:#242b34;--accent:#8fb0ff;--quiet:#4a5f94;--good:#5fd0a5;--bad:#ff9a8a;
--heat:#4a6fd0;--shade:#00000080;${series(DARK)}`

const PAGE = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:break-word}
main{max-width:1088px;margin:0 auto;padding:0 24px 72px}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
header{padding:56px 0 8px}
h1{font-size:clamp(1.5rem,1.1rem + 1.8vw,2.15rem);line-height:1.2;letter-spacing:-.018em;font-weight:650;
margin:0 0 14px;text-wrap:balance;max-width:24em}
.lead{font-size:clamp(1.06rem,1rem + .3vw,1.2rem);line-height:1.5;color:var(--soft);margin:0;max-width:43em;
text-wrap:pretty}
.trust{display:block;margin-top:10px;font-size:.95rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:20px 28px;margin:32px 0 0;
padding:20px 0 0;border-top:1px solid var(--rule)}
.facts div{min-width:0}
.facts dt{color:var(--faint);font-size:.82rem;line-height:1.35}
.facts a{color:inherit;text-decoration-color:var(--rule)}
.facts dd{margin:2px 0 0;font-size:1.5rem;line-height:1.25;font-weight:600;letter-spacing:-.01em}
.facts dd small{display:block;font-size:.82rem;font-weight:400;letter-spacing:0;color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:28px 0 0;font-size:.9rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
section{margin-top:64px;scroll-margin-top:16px}
h2{font-size:1.32rem;line-height:1.25;letter-spacing:-.012em;font-weight:650;margin:0 0 8px}
h3{font-size:.98rem;line-height:1.35;font-weight:600;margin:0 0 10px}
p{margin:0 0 12px;max-width:43em;text-wrap:pretty}
.intro{color:var(--soft);margin-bottom:20px}
.note{color:var(--soft);font-size:.9rem;border-left:3px solid var(--rule);padding:2px 0 2px 14px;max-width:47em;
margin:16px 0}
figure{margin:24px 0 0;min-width:0}
figcaption{margin:0 0 10px;font-weight:600;font-size:.98rem;line-height:1.4}
figcaption span{display:block;font-weight:400;color:var(--soft);font-size:.9rem;max-width:47em}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,var(--least,220px)),1fr));gap:32px 36px}
figure+.scroll,figure+.panels,p+.panels,.panels+.panels{margin-top:28px}
.panels>div{min-width:0}
.panels h3{font-size:.9rem;margin:0 0 4px;line-height:1.3;overflow-wrap:anywhere}
.panels h3 i{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.45em;background:var(--c)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 10px;padding:0;list-style:none;font-size:.86rem;
color:var(--soft)}
.legend li{min-width:0}
.legend i{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.45em;background:var(--c)}
.legend i.line{height:0;width:1.3em;border-radius:0;background:none;border-top:2px solid var(--c);
vertical-align:.25em}
.scroll{overflow-x:auto;overscroll-behavior-x:contain;scrollbar-width:thin;
background:linear-gradient(to right,var(--page) 40%,transparent) 0 0/48px 100%,
linear-gradient(to left,var(--page) 40%,transparent) 100% 0/48px 100%,
linear-gradient(to right,var(--shade),transparent) 0 0/16px 100%,
linear-gradient(to left,var(--shade),transparent) 100% 0/16px 100%;
background-repeat:no-repeat;background-attachment:local,local,scroll,scroll}
.sideways{display:none;margin:0 0 6px;font-size:.82rem;color:var(--faint)}
.skip{position:absolute;left:-999em}
.skip:focus{left:0;top:-1.7em;padding:2px 6px;background:var(--page);font-size:.86rem;z-index:1}
svg{display:block}
.chart{position:relative}
svg.hints{position:absolute;inset:0;width:100%;overflow:visible}
.hints rect{fill:transparent}
.hints g{outline:none}
.hints text{opacity:0;fill:var(--ink);font-weight:600;paint-order:stroke;stroke:var(--page);stroke-width:6px;
stroke-linejoin:round;pointer-events:none}
.hints g:hover text,.hints g:focus text{opacity:1}
.hints g:focus rect{stroke:var(--ink);stroke-width:1.5px}
svg.wide{width:100%;height:auto}
svg.panel{width:100%;max-width:440px;height:auto}
svg.bars{width:100%;overflow:visible}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}
svg .strong{fill:var(--ink);font-weight:600}
svg .value{fill:var(--ink)}
svg .label{fill:var(--ink);paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
svg .grid{stroke:var(--grid);stroke-width:1;shape-rendering:crispEdges}
svg .axis{stroke:var(--faint);stroke-width:1;shape-rendering:crispEdges}
svg .reference{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3;fill:none}
svg .mark{stroke:var(--ink);stroke-width:1.5}
svg .track{fill:var(--track)}
table{border-collapse:collapse;font-size:.88rem;line-height:1.4;min-width:100%}
caption{text-align:left;color:var(--soft);padding:0 0 8px}
th,td{padding:7px 0 7px 20px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap;
vertical-align:baseline}
th{font-weight:600}
thead th{color:var(--soft);font-weight:500;vertical-align:bottom;white-space:normal;min-width:5.2em;line-height:1.3}
thead th small{display:block;font-weight:400;color:var(--faint)}
thead a{color:inherit;text-decoration-color:var(--rule)}
th[scope=row]{white-space:normal;max-width:26em}
th:first-child,td:first-child{text-align:left;padding-left:0;position:sticky;left:0;background:var(--page);
padding-right:8px}
.text{text-align:left}
td.wrap{white-space:normal;min-width:18em}
th.wrap{white-space:normal;min-width:14em}
tr.best th,tr.best td{background:color-mix(in oklab,var(--accent) 9%,var(--page))}
td small{display:block;color:var(--faint);font-size:.82em}
.good{color:var(--good)}
.bad{color:var(--bad)}
td small.good{color:var(--good)}
td small.bad{color:var(--bad)}
details{margin:14px 0 0}
summary{cursor:pointer;color:var(--accent);font-size:.88rem;width:fit-content}
details[open]>summary{margin-bottom:10px}
dl.terms{display:grid;grid-template-columns:minmax(11em,max-content) 1fr;gap:0;margin:0}
dl.terms>div{display:contents}
dl.terms dt{font-weight:600;padding:10px 28px 10px 0;border-top:1px solid var(--rule);font-size:.93rem;scroll-margin-top:16px}
dl.terms dd{margin:0;padding:10px 0;border-top:1px solid var(--rule);font-size:.93rem;color:var(--soft);
overflow-wrap:anywhere}
dl.terms dd p{margin:0}
dl.terms .formula{color:var(--ink);font-family:ui-serif,Georgia,Cambria,"Times New Roman",serif;font-size:1.05em}
dt:target,dt:target+dd{background:color-mix(in oklab,var(--accent) 9%,var(--page))}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
footer{margin-top:72px;padding-top:16px;border-top:1px solid var(--rule);color:var(--faint);font-size:.86rem}
@media (max-width:640px){
main{padding:0 16px 48px}
header{padding-top:32px}
.scroll{margin-right:-16px;padding-right:16px}
.sideways{display:block}
section{margin-top:48px}
th[scope=row]{white-space:normal;max-width:9.5em;min-width:0;overflow-wrap:break-word}
td.wrap{min-width:12em}
th,td{padding-left:14px}
.facts{grid-template-columns:1fr 1fr;gap:16px 20px}
.facts dd{font-size:1.25rem}
dl.terms{display:block}
dl.terms dd{border-top:0;padding-top:0}
}
@media print{
:root{${LIGHT_THEME}}
body{font-size:10.5pt}
main{max-width:none;padding:0}
header{padding-top:0}
nav,summary{display:none}
section{margin-top:28px}
figure,tr,.panels>div{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll{overflow:visible;background:none}
.scroll>div{min-width:0!important}
.sideways,.hints{display:none}
table{font-size:8pt}
th,td{padding-left:8px}
thead th{min-width:0}
th[scope=row]{white-space:normal}
td.wrap{min-width:0}
.panels{grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:16px}
svg,tr.best th,tr.best td,.legend i{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`

/** The style sheet of every report, for light and dark themes, wide and narrow screens, and paper. */
export const STYLE = `:root{color-scheme:light dark;${LIGHT_THEME}}
@media (prefers-color-scheme:dark){:root{${DARK_THEME}}}
:root{${PALER}}${PAGE}`
