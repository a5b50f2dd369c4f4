/** The curves of training (uPlot) and histograms (plain canvas), in the colours of the stylesheet. */
import uPlot from './vendor/uPlot.esm.js';
import { sharp } from './dom.js';
import { short } from './units.js';

/** @param {string} name a token of the stylesheet */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const AXIS_FONT = '11px system-ui, sans-serif';
const AXIS_SIZE = 38;
const CURVE_HEIGHT = 136;
const HELD_OUT_HEIGHT = 84;

/** @param {string} scale @param {string} colour token @param {Partial<uPlot.Axis>} [more] @returns {uPlot.Axis} */
function axis(scale, colour, more = {}) {
  const values = (/** @type {uPlot} */ _, /** @type {number[]} */ splits) => splits.map((value) => short(value));
  return {
    scale,
    stroke: () => token(colour),
    font: AXIS_FONT,
    ticks: { show: false },
    gap: 4,
    size: AXIS_SIZE,
    space: 28,
    values,
    ...more,
  };
}

/** @param {string} scale @param {string} colour token @param {number[]} [dash] @returns {uPlot.Series} */
function line(scale, colour, dash) {
  return { scale, stroke: () => token(colour), width: 1.5, dash, points: { show: false } };
}

/** A little air above and below, and never a range of nothing. @type {uPlot.Range.Function} */
function airy(_, low, high) {
  const air = (high - low || 1) * 0.08;
  return [low - air, high + air];
}

/** Loss (left axis) and GE penalty (right axis) over steps. @param {HTMLElement} parent */
export function createCurve(parent) {
  const grid = { stroke: () => token('line'), width: 1 };
  /** @type {uPlot.Options} */
  const options = {
    width: parent.clientWidth || 280,
    height: CURVE_HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { x: { time: false }, loss: { range: airy }, penalty: { range: airy } },
    axes: [
      axis('x', 'muted', { size: 24, space: 50, grid: { show: false } }),
      axis('loss', 'muted', { grid }),
      axis('penalty', 'exclusion', { side: 1, grid: { show: false } }),
    ],
    series: [{}, line('loss', 'text'), line('penalty', 'exclusion', [5, 3])],
  };
  const plot = new uPlot(options, [[], [], []], parent);
  new ResizeObserver(
    () => parent.clientWidth && plot.setSize({ width: parent.clientWidth, height: CURVE_HEIGHT }),
  ).observe(parent);
  return {
    /** @param {import('./job.js').Run["curve"]} curve */
    show: ({ step, loss, penalty }) => plot.setData([step, loss, penalty]),
    redraw: () => plot.redraw(false, true),
  };
}

/**
 * Held-out average precision over steps, 0 to 1, with a mark at the best; its steps stand under those of the loss.
 * @param {HTMLElement} parent
 */
export function createHeldOutCurve(parent) {
  let steps = [0, 1];
  const size = () => ({ width: parent.clientWidth || 280, height: HELD_OUT_HEIGHT });
  const best = { stroke: () => token('pick'), fill: () => token('pick'), show: true, size: 9 };
  /** @type {uPlot.Options} */
  const options = {
    ...size(),
    padding: [6, AXIS_SIZE, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: false, range: () => /** @type {[number, number]} */ (steps) },
      share: { range: [0, 1.04] },
    },
    axes: [
      axis('x', 'muted', { size: 24, space: 50, grid: { show: false } }),
      axis('share', 'muted', { grid: { stroke: () => token('line'), width: 1 }, splits: [0, 0.5, 1] }),
    ],
    series: [{}, line('share', 'pick'), { scale: 'share', width: 0, points: best }],
  };
  const plot = new uPlot(options, [[], [], []], parent);
  new ResizeObserver(() => parent.clientWidth && plot.setSize(size())).observe(parent);
  return {
    /** @param {import('./job.js').Run["heldOut"]} curve @param {number | null} bestStep @param {number[]} range of steps */
    show({ step, average }, bestStep, range) {
      steps = [Math.min(range[0], step[0]), Math.max(range[1], step[step.length - 1], step[0] + 1)];
      plot.setData([step, average, average.map((value, i) => (step[i] === bestStep ? value : null))]);
    },
    redraw: () => plot.redraw(false, true),
  };
}

/**
 * Bars side by side, those inside `from .. to` in their colour and the others muted.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} counts
 * @param {{from: number, to: number, colour: string, power?: number}} options parts of the width; `power` below 1
 *   lifts small bars
 */
export function drawBars(canvas, counts, { from, to, colour, power = 1 }) {
  const { context, width, height } = sharp(canvas);
  const tallest = Math.max(...Array.from(counts), 1) ** power;
  const step = width / counts.length;
  const colours = { inside: token(colour), outside: token('line-strong') };
  for (let i = 0; i < counts.length; i++) {
    const middle = (i + 0.5) / counts.length;
    context.fillStyle = middle >= from && middle <= to ? colours.inside : colours.outside;
    const tall = counts[i] ? Math.max((counts[i] ** power / tallest) * (height - 6), 1) : 0;
    context.fillRect(i * step, height - tall, Math.max(step - (step > 3 ? 1 : 0), 0.6), tall);
  }
  return { context, width, height };
}

/** A line from top to bottom. @param {CanvasRenderingContext2D} context @param {number} x @param {number} height */
export function drawMarker(context, x, height) {
  context.fillStyle = token('text');
  context.fillRect(Math.round(x) - 1, 0, 2, height);
}
