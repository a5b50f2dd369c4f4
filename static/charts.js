/** The curves of training (uPlot) and histograms (plain canvas), in the colours of the stylesheet. */
import uPlot from './vendor/uPlot.esm.js';
import { sharp } from './dom.js';
import { short } from './units.js';

/** @param {string} name a token of the stylesheet */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const AXIS_FONT = '11px system-ui, sans-serif';
const CURVE_HEIGHT = 168;

/** @param {string} name @returns {uPlot.Axis} */
function axis(name) {
  return {
    stroke: () => token('muted'),
    font: AXIS_FONT,
    grid: { stroke: () => token('line'), width: 1, show: name === 'y' },
    ticks: { show: false },
    size: name === 'y' ? 38 : 24,
    gap: 4,
    values: (_, splits) => splits.map((value) => short(value)),
  };
}

/** @param {string} label @param {string} colour token @param {number[]} [dash] */
function line(label, colour, dash) {
  return { label, stroke: () => token(colour), width: 1.5, dash, points: { show: false } };
}

/** Write a curve's name and newest value above its end, where it cannot be mistaken. @param {uPlot} plot */
function nameCurves(plot) {
  const { ctx, bbox, data } = plot;
  const ratio = uPlot.pxRatio;
  const last = data[0].length - 1;
  if (last < 0) return;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  plot.series.slice(1).forEach((series, i) => {
    const value = data[i + 1][last];
    if (value == null) return;
    ctx.fillStyle = /** @type {() => string} */ (series.stroke)();
    ctx.fillText(`${series.label} ${value.toFixed(3)}`, bbox.left + bbox.width - 4 * ratio, bbox.top + (12 + 15 * i) * ratio);
  });
  ctx.restore();
}

/** Loss and GE penalty over steps. @param {HTMLElement} parent */
export function createCurve(parent) {
  /** @type {uPlot.Options} */
  const options = {
    width: parent.clientWidth || 280,
    height: CURVE_HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(low, 0), high > low ? high * 1.08 : low + 1] } },
    axes: [axis('x'), axis('y')],
    series: [{}, line('loss', 'muted'), line('GE penalty', 'exclusion', [5, 3])],
    hooks: { draw: [nameCurves] },
  };
  const plot = new uPlot(options, [[], [], []], parent);
  new ResizeObserver(() => parent.clientWidth && plot.setSize({ width: parent.clientWidth, height: CURVE_HEIGHT })).observe(parent);
  return {
    /** @param {import('./job.js').Run["curve"]} curve */
    show: ({ step, loss, penalty }) => plot.setData([step, loss, penalty]),
    redraw: () => plot.redraw(false),
  };
}

/**
 * Bars side by side, those inside `from .. to` in their colour and the others muted.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} counts
 * @param {{from: number, to: number, colour: string, power?: number}} options parts of the width; `power` below 1 lifts small bars
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
