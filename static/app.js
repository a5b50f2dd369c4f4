/** Wires the parts of the page together; decides nothing itself. */
import { Eraser, FIRST_RADIUS, Painter, resizedBrush } from './brush-tool.js';
import { Crops } from './crops.js';
import { byId } from './dom.js';
import { USUAL } from './filter.js';
import { Filtering } from './filtering.js';
import { FilamentTool } from './filament-tool.js';
import { Pointer, listenToKeys } from './input.js';
import { nextMark } from './marks.js';
import { OutlineTool } from './outline-tool.js';
import { besideOrNot, otherLayer, shownLayer, sides, withLayer } from './layers.js';
import { Overlay } from './overlay.js';
import { AdvancedPanel } from './panels/advanced.js';
import { ContrastPanel } from './panels/contrast.js';
import { CursorLine } from './panels/cursor.js';
import { ExclusionsPanel } from './panels/exclusions.js';
import { FilamentsPanel } from './panels/filaments.js';
import { ExportPanel } from './panels/export.js';
import { FilterPanel } from './panels/filter.js';
import { Folds } from './panels/folds.js';
import { HelpPanel } from './panels/help.js';
import { LabelPanel } from './panels/label.js';
import { LayerBar } from './panels/layer-bar.js';
import { LinePanel } from './panels/line.js';
import { ListPanel } from './panels/list.js';
import { ModelsPanel } from './panels/models.js';
import { PeoplePanel } from './panels/people.js';
import { Overview } from './panels/overview.js';
import { ReviewPanel } from './panels/review.js';
import { RunPanel } from './panels/run.js';
import { SnapshotsPanel } from './panels/snapshots.js';
import { SuggestPanel } from './panels/suggest.js';
import { createTabs } from './panels/tabs.js';
import { TimelinePanel } from './panels/timeline.js';
import { Toolbar } from './panels/toolbar.js';
import { Tour } from './panels/tour.js';
import { TrainPanel } from './panels/train.js';
import { SelectTool } from './select-tool.js';
import { Session } from './session.js';
import { SlowLine } from './slow-line.js';
import { Stage } from './stage.js';
import { createStore } from './state.js';
import { createTheme } from './theme.js';
import { Tools } from './tools.js';
import { Viewer } from './viewer.js';
import { zoomAt } from './viewport.js';

const KEY_ZOOM = 1.3;
const KEY_PAN_PX = 80;
/** By how much an arrow key moves what is selected, micrograph px; the second with Shift. */
const NUDGE_PX = [1, 10];
const ONE_LAYER = 'There is nothing to show beside it yet: with the pixel size there are filters, with the diameter too what the model sees.';

/** @type {import('./types.js').State} */
const INITIAL = {
  project: null,
  micrographs: [],
  current: null,
  view: null,
  layer: 'raw',
  second: null,
  other: null,
  blinking: false,
  filter: USUAL,
  viewport: null,
  contrast: {},
  labels: new Map(),
  filaments: new Map(),
  exclusions: new Map(),
  picks: new Map(),
  threshold: 0,
  run: null,
  models: [],
  snapshots: null,
  mode: 'add',
  hover: null,
  selected: null,
  drag: null,
  holding: null,
  sketch: null,
  brush: { radius: FIRST_RADIUS, at: null, path: [], touched: [] },
  cursor: null,
  crosshair: false,
  hidden: false,
  marks: 'circle',
  saving: { status: 'saved', size: 0, persistent: true, refusal: null },
  online: false,
  line: { mode: 'auto', slow: false, rate: null, latency: null },
  people: [],
  me: { client: '', name: '', isGuest: true },
  tab: 'label',
  message: null,
  tiles: 0,
};

const store = createStore(INITIAL);
const canvas = /** @type {HTMLCanvasElement} */ (byId('canvas'));
// Before the stage: a stand-in for what is filtered is there when the frame is drawn.
new Filtering(store, (error) => session.report(error));
const viewer = new Viewer(store);
const slowLine = new SlowLine(store, viewer.tiles);
const overlay = new Overlay(store);
const stage = new Stage(canvas, store, [viewer, overlay]);
const session = new Session(store, () => stage.size);
const tools = new Tools(
  store,
  session.annotator,
  (diameter) => void session.change({ diameter_angstrom: diameter }),
  canvas,
  {
    filament: new FilamentTool(store, session.annotator),
    exclude: new OutlineTool(store, session.annotator),
    paint: new Painter(store, session.annotator),
    erase: new Eraser(store, session.annotator),
    box: new SelectTool(store, 'box'),
    lasso: new SelectTool(store, 'lasso'),
  },
);
const tabs = createTabs(store);
const list = new ListPanel(store, session, new Folds(store));
const contrast = new ContrastPanel(store);
const filterPanel = new FilterPanel(store, (name, side) => setLayer(name, side));
const train = new TrainPanel(store, session, tabs.open);
const run = new RunPanel(store, session, tabs.open);
const review = new ReviewPanel(store, session.annotator, new Crops(viewer.tiles, store));
const tour = new Tour(store, tabs.open);
const help = new HelpPanel(() => tour.start());
new LabelPanel(store, session);
new FilamentsPanel(store, session);
new ExclusionsPanel(store, session);
new SuggestPanel(store, session);
new TimelinePanel(store, session);
new SnapshotsPanel(store, session);
new PeoplePanel(store, session);
new LinePanel(store, slowLine);
list.rows.mayFetch = () => !viewer.tiles.smaller || !viewer.tiles.waiting('view');
new AdvancedPanel(store, session);
new ModelsPanel(store, session, (start) => train.begin(start));
new ExportPanel(store, session);
new Toolbar(store, session, viewer);
const overview = new Overview(store, viewer);
new CursorLine(store, viewer.tiles);
new Pointer(canvas, tools, (x) => stage.leftOf(x));

const middle = () => ({ x: stage.size.width / 2, y: stage.size.height / 2 });
const zoomBy = (/** @type {number} */ factor) => tools.zoom(middle(), factor, { x: 0, y: 0 });
const panBy = (/** @type {number} */ x, /** @type {number} */ y) => {
  store.set({ crosshair: true });
  tools.zoom(middle(), 1, { x, y });
};
/** Another layer for a pane; only `blink` keeps the tiles of two of them at hand. */
const setLayer = (/** @type {string} */ name, side = 0) => {
  const before = sides(store.state)[side];
  if (name !== before) store.set({ ...withLayer(store.state, side, name), other: before, blinking: false });
};
function beside() {
  const layers = besideOrNot(store.state);
  if (layers) stage.show(layers);
  else store.set({ message: { kind: 'info', text: ONE_LAYER } });
  store.set({ blinking: false });
}
/** To and fro; two panes change places. */
function blink() {
  const { second } = store.state;
  if (second !== null) return setLayer(second);
  const other = otherLayer(store.state);
  if (other) store.set({ layer: other, other: shownLayer(store.state.view, store.state.layer), blinking: true });
}
/** An arrow key: what is selected goes that way, or else the view. */
const arrow = (/** @type {number} */ x, /** @type {number} */ y) => (/** @type {boolean} */ _down, shift = false) => {
  const step = NUDGE_PX[Number(shift)];
  if (!tools.nudge({ x: x * step, y: y * step })) panBy(-x * KEY_PAN_PX, -y * KEY_PAN_PX);
};
const resizeBrush = (/** @type {-1 | 1} */ way) => store.set({ brush: resizedBrush(store.state.brush, way) });
const setMode = (/** @type {import('./types.js').Mode} */ mode) => {
  store.set({ mode, sketch: null });
  tools.showCursor(null);
};

function fit() {
  const { view } = store.state;
  if (view) store.set({ viewport: stage.fitted(view) });
}

function travel(/** @type {"undo" | "redo"} */ way) {
  const { current } = store.state;
  if (current !== null) session.annotator.travel(current, way);
}

/** By the ids of the key table. @type {Record<string, (down: boolean, shift?: boolean) => void>} */
const commands = {
  previous: () => list.step(-1),
  next: () => list.step(1),
  nextUnlabeled: () => list.nextUnlabeled(),
  add: () => setMode('add'),
  pan: () => setMode('pan'),
  select: () => setMode(store.state.mode === 'box' ? 'lasso' : 'box'),
  erase: () => setMode('erase'),
  filament: () => setMode('filament'),
  exclude: () => setMode('exclude'),
  paint: () => setMode('paint'),
  brushSmaller: () => resizeBrush(-1),
  brushLarger: () => resizeBrush(1),
  tapMiddle: () => tools.tap(middle(), { button: 0, shift: false, type: 'key' }),
  keep: () => tools.act('keep'),
  remove: () => tools.act('remove'),
  undo: () => travel('undo'),
  redo: () => travel('redo'),
  deselect: () => store.set({ selected: null, sketch: null, message: null }),
  zoomIn: () => zoomBy(KEY_ZOOM),
  zoomOut: () => zoomBy(1 / KEY_ZOOM),
  fit,
  oneToOne: () => {
    const { viewport, view } = store.state;
    if (viewport && view)
      store.set({ viewport: zoomAt(viewport, 1 / window.devicePixelRatio / viewport.zoom, middle(), view) });
  },
  left: arrow(-1, 0),
  right: arrow(1, 0),
  up: arrow(0, -1),
  down: arrow(0, 1),
  hand: (down) => tools.holdHand(down),
  marks: () => store.set({ marks: nextMark(store.state.marks) }),
  overview: () => overview.fold(),
  hide: (down) => store.set({ hidden: down }),
  layer: () => setLayer(store.state.layer === 'model' ? 'raw' : 'model'),
  filter: () => filterPanel.toggle(),
  blink,
  beside,
  invert: () => contrast.invert(),
  contrast: () => contrast.fold(),
  train: () => void train.train(),
  lower: () => review.nudge(-1),
  higher: () => review.nudge(1),
  help: () => help.toggle(),
};
listenToKeys(commands);

/** Buttons that do what a key does. */
const BUTTONS = {
  'tool-add': 'add',
  'tool-pan': 'pan',
  'tool-select': 'select',
  'tool-erase': 'erase',
  'tool-filament': 'filament',
  'tool-exclude': 'exclude',
  'tool-paint': 'paint',
  'brush-smaller': 'brushSmaller',
  'brush-larger': 'brushLarger',
  'tool-undo': 'undo',
  'tool-redo': 'redo',
  'tool-fit': 'fit',
  'tool-one': 'oneToOne',
  'tool-marks': 'marks',
  'tool-beside': 'beside',
  'chip-keep': 'keep',
  'chip-remove': 'remove',
};
Object.entries(BUTTONS).forEach(([id, command]) => byId(id).addEventListener('click', () => commands[command](true)));
new LayerBar(byId('layers-left'), store, 0, setLayer);
new LayerBar(byId('layers-right'), store, 1, setLayer);
byId('go-train').addEventListener('click', () => tabs.open('train'));
byId('go-picks').addEventListener('click', () => tabs.open('review'));

// Picks that are hidden now are not selected any more.
store.subscribe(['threshold'], ({ selected }) => selected?.kind === 'group' && store.set({ selected: null }));
createTheme(() => {
  overlay.recolour();
  run.recolour();
  store.touch('contrast', 'picks');
});
session.start().catch(session.report);
