/**
 * How filaments look: a line with its two ends, a pale band as wide as the particle, and a tick where each particle stands.
 * Knows neither which canvas it is nor when it is drawn.
 */
import { particlesOn, pointsAlong } from './filaments.js';

/**
 * @typedef {import('./types.js').Ends} Ends
 * @typedef {import('./hatching.js').Context} Context
 * @typedef {import('./hatching.js').ToScreen} ToScreen
 *
 * @typedef {object} Look
 * @property {number} radius of a particle, CSS px
 * @property {number | null} spacing of particles, micrograph px
 * @property {number} zoom CSS px of a micrograph px
 * @property {string} ink
 */

const LINE = 2.2;
const CHOSEN_LINE = 2;
const BAND_ALPHA = 0.16;
const END_RADIUS = 4;
const TICK = 5;
/** Ticks closer than this are a smear, CSS px. */
const CLOSEST_TICKS = 5;

/**
 * @param {Context} context
 * @param {Ends[]} all
 * @param {ToScreen} at
 * @param {Look} look
 */
export function drawFilaments(context, all, at, { radius, spacing, zoom, ink }) {
  if (!all.length) return;
  context.save();
  context.strokeStyle = context.fillStyle = ink;
  stroke(context, all, at, 2 * radius, BAND_ALPHA);
  stroke(context, all, at, LINE, 1);
  if (spacing && spacing * zoom >= CLOSEST_TICKS) drawTicks(context, all, at, spacing);
  context.beginPath();
  for (const { x, y } of all.flat().map((end) => at(...end))) {
    context.moveTo(x + END_RADIUS, y);
    context.arc(x, y, END_RADIUS, 0, 2 * Math.PI);
  }
  context.fill();
  context.restore();
}

/** Around those that are selected. @param {Context} context @param {Ends[]} all @param {ToScreen} at @param {number} radius CSS px @param {string} ink */
export function drawAround(context, all, at, radius, ink) {
  context.save();
  context.strokeStyle = ink;
  context.lineWidth = CHOSEN_LINE;
  context.beginPath();
  for (const [start, end] of all.map(([a, b]) => [at(...a), at(...b)])) {
    const angle = Math.atan2(end.y - start.y, end.x - start.x);
    context.moveTo(start.x + radius * Math.cos(angle + Math.PI / 2), start.y + radius * Math.sin(angle + Math.PI / 2));
    context.arc(start.x, start.y, radius, angle + Math.PI / 2, angle - Math.PI / 2);
    context.arc(end.x, end.y, radius, angle - Math.PI / 2, angle + Math.PI / 2);
    context.closePath();
  }
  context.stroke();
  context.restore();
}

/** @param {Context} context @param {Ends[]} all @param {ToScreen} at @param {number} width @param {number} alpha */
function stroke(context, all, at, width, alpha) {
  context.globalAlpha = alpha;
  context.lineWidth = width;
  context.lineCap = 'round';
  context.beginPath();
  for (const [start, end] of all.map(([a, b]) => [at(...a), at(...b)])) {
    context.moveTo(start.x, start.y);
    context.lineTo(end.x, end.y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** A path for each filament: shorter ones are drawn sooner. @param {Context} context @param {Ends[]} all @param {ToScreen} at @param {number} spacing micrograph px */
function drawTicks(context, all, at, spacing) {
  context.lineWidth = 1.5;
  context.lineCap = 'butt';
  for (const ends of all) {
    if (particlesOn(ends, spacing) < 2) continue;
    context.beginPath();
    const [start, end] = ends.map((one) => at(...one));
    const length = Math.hypot(end.x - start.x, end.y - start.y);
    const [acrossX, acrossY] = [(-TICK * (end.y - start.y)) / length, (TICK * (end.x - start.x)) / length];
    for (const { x, y } of pointsAlong(ends, spacing).map((one) => at(...one))) {
      context.moveTo(x - acrossX, y - acrossY);
      context.lineTo(x + acrossX, y + acrossY);
    }
    context.stroke();
  }
}
