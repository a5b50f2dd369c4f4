/**
 * The marks of picks on a bitmap: one path for each strength, or, of very many, stamps. Both look the same. Knows
 * neither which bitmap it is nor when it is drawn.
 */
import { addMark, circle, lineOf } from './marks.js';
import { COVERED, SHOWN, countAbove } from './picks.js';
import { PHASES, phaseOf, press, stampOf } from './stamps.js';

/**
 * @typedef {import('./sheets.js').Sheet} Sheet
 * @typedef {import('./stamps.js').Stamp} Stamp
 * @typedef {{x: number[], y: number[], strength: number[], covered: import('./types.js').Point[]}} Seen CSS px of the
 *   bitmap; `strength` is an index
 */

/** Strengths of a pick, weakest first: how far its score is above the threshold, of the way to the best. */
const STRENGTHS = [0.55, 0.7, 0.85, 1];
/** A suggestion is a pick of no trained model. */
const SUGGESTED_DASH = [5, 4];
const LINE = 1.5;
const DOT_RADIUS = 2;
/** From this many circles on they are stamped, unless they are so large that a stamp has very many pixels. */
const MANY = 400;
const LARGEST_STAMP_PX = 64;

/**
 * The picks at or above a threshold on a sheet, and how strong each is drawn.
 * @param {Sheet} sheet
 * @param {import('./types.js').PickSet} set
 * @param {number} threshold
 * @returns {Seen}
 */
function seenOn({ at, rect }, { picks, classes }, threshold) {
  /** @type {Seen} */
  const seen = { x: [], y: [], strength: [], covered: [] };
  const end = countAbove(picks.score, threshold);
  const best = Math.max(picks.score[Math.floor(end * 0.05)] - threshold, 1e-9);
  for (let i = 0; i < end; i++) {
    const [left, top] = [picks.x[i], picks.y[i]];
    if (left < rect.left || left > rect.right || top < rect.top || top > rect.bottom) continue;
    if (classes[i] === COVERED) seen.covered.push(at(left, top));
    if (classes[i] !== SHOWN) continue;
    const { x, y } = at(left, top);
    const part = (picks.score[i] - threshold) / best;
    seen.x.push(x);
    seen.y.push(y);
    seen.strength.push(Math.min(Math.floor(part * STRENGTHS.length), STRENGTHS.length - 1));
  }
  return seen;
}

export class Rings {
  constructor() {
    this.image = new ImageData(1, 1);
    this.stampKey = '';
    /** @type {(Stamp | undefined)[]} by phase */
    this.stamps = [];
  }

  /**
   * Onto a clean sheet; whatever else is on it comes after.
   * @param {Sheet} sheet
   * @param {import('./types.js').PickSet} set
   * @param {number} threshold
   * @param {string} ink
   */
  draw(sheet, set, threshold, ink) {
    const seen = seenOn(sheet, set, threshold);
    const { context, radius, ratio } = sheet;
    const dash = set.picks.kind === 'suggest' ? SUGGESTED_DASH : [];
    if (seen.x.length >= MANY && radius * ratio <= LARGEST_STAMP_PX) this.press(sheet, seen, ink, dash);
    else this.stroke(sheet, seen, ink, dash);
    context.fillStyle = ink;
    context.beginPath();
    for (const { x, y } of seen.covered) circle(context, x, y, DOT_RADIUS);
    context.fill();
  }

  /** One path for each strength. @param {Sheet} sheet @param {Seen} seen @param {string} ink @param {number[]} dash */
  stroke({ context, radius, mark }, { x, y, strength }, ink, dash) {
    const paths = STRENGTHS.map(() => new Path2D());
    for (let i = 0; i < x.length; i++) addMark(paths[strength[i]], mark, x[i], y[i], radius);
    context.lineWidth = lineOf(mark, LINE);
    context.strokeStyle = ink;
    context.setLineDash(dash);
    paths.forEach((path, i) => ((context.globalAlpha = STRENGTHS[i]), context.stroke(path)));
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  /** @param {Sheet} sheet @param {Seen} seen @param {string} ink @param {number[]} dash */
  press(sheet, { x, y, strength }, ink, dash) {
    const { context, radius, ratio, mark } = sheet;
    const pixels = this.clean(context.canvas);
    this.choose([mark, radius, ratio, pixels.width, ink, ...dash].join());
    for (let i = 0; i < x.length; i++) {
      const [column, row] = [phaseOf(x[i] * ratio), phaseOf(y[i] * ratio)];
      const stamp = this.stamp([column.phase, row.phase], sheet, ink, dash);
      press(pixels, stamp, { x: column.pixel, y: row.pixel }, strength[i]);
    }
    context.putImageData(this.image, 0, 0);
  }

  /** Stamps of another look are of no use any more. @param {string} key */
  choose(key) {
    if (key !== this.stampKey) this.stamps = [];
    this.stampKey = key;
  }

  /** Clear pixels of the size of a canvas. @param {{width: number, height: number}} canvas */
  clean({ width, height }) {
    if (this.image.width !== width || this.image.height !== height) this.image = new ImageData(width, height);
    const data = new Int32Array(this.image.data.buffer);
    data.fill(0);
    return { data, width, height };
  }

  /**
   * A mark whose centre lies some quarters of a pixel from the corner of its middle pixel.
   * @param {[number, number]} phases to the right, and down
   * @param {Sheet} sheet
   * @param {string} ink
   * @param {number[]} dash
   * @returns {Stamp}
   */
  stamp([right, down], { radius, ratio, mark, context: { canvas } }, ink, dash) {
    const found = this.stamps[right * PHASES + down];
    if (found) return found;
    const reach = Math.ceil((radius + lineOf(mark, LINE)) * ratio) + 1;
    const side = 2 * reach + 1;
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(side, side).getContext('2d'));
    context.scale(ratio, ratio);
    context.lineWidth = lineOf(mark, LINE);
    context.setLineDash(dash);
    context.beginPath();
    addMark(context, mark, (reach + right / PHASES) / ratio, (reach + down / PHASES) / ratio, radius);
    context.stroke();
    const use = { rgb: numberOf(ink), strengths: STRENGTHS, width: canvas.width };
    const made = stampOf(context.getImageData(0, 0, side, side).data, side, use);
    this.stamps[right * PHASES + down] = made;
    return made;
  }
}

/** A colour of the stylesheet as red | green << 8 | blue << 16. @param {string} ink */
function numberOf(ink) {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext('2d'));
  context.fillStyle = ink;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return red | (green << 8) | (blue << 16);
}
