/**
 * Where the view looks: pure transforms between full-size micrograph pixels and CSS pixels of the canvas.
 * Pixel centres are at integers in the micrograph; (0, 0) of the canvas is its upper left corner.
 * Never touches the DOM; every function returns a new viewport.
 *
 * @typedef {object} Viewport
 * @property {number} cx micrograph px at the middle of the canvas
 * @property {number} cy
 * @property {number} zoom CSS px per micrograph px
 * @property {number} width of the canvas, CSS px
 * @property {number} height
 *
 * @typedef {{width: number, height: number}} Size
 * @typedef {{left: number, top: number, right: number, bottom: number}} Rect
 */

export const MAX_ZOOM = 40;
/**
 * The smallest zoom, as a part of the one at which the whole micrograph fits; small micrographs may be seen at 1:1
 * all the same.
 */
const SMALLEST_OF_FIT = 0.5;
const ALWAYS_ALLOWED = 0.25;
/** How fast a thrown view loses its speed, ms. */
const GLIDE_MS = 160;
const GLIDE_END = 0.02;

/** @param {number} value @param {number} low @param {number} high */
export function clampTo(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** @param {Viewport} view @param {number} x @param {number} y @returns {import('./types.js').Point} */
export function toScreen(view, x, y) {
  return { x: (x - view.cx) * view.zoom + view.width / 2, y: (y - view.cy) * view.zoom + view.height / 2 };
}

/** @param {Viewport} view @param {number} x @param {number} y @returns {import('./types.js').Point} */
export function toImage(view, x, y) {
  return { x: (x - view.width / 2) / view.zoom + view.cx, y: (y - view.height / 2) / view.zoom + view.cy };
}

/** The part of the plane that the canvas shows, micrograph px. @param {Viewport} view @returns {Rect} */
export function visibleRect(view) {
  const halfWidth = view.width / 2 / view.zoom;
  const halfHeight = view.height / 2 / view.zoom;
  return {
    left: view.cx - halfWidth,
    top: view.cy - halfHeight,
    right: view.cx + halfWidth,
    bottom: view.cy + halfHeight,
  };
}

/** The zoom at which the whole micrograph is just seen. @param {Size} canvas @param {Size} image */
export function fitZoom(canvas, image) {
  return Math.min(canvas.width / image.width, canvas.height / image.height, MAX_ZOOM) || 1;
}

/** @param {Size} canvas @param {Size} image */
function smallestZoom(canvas, image) {
  return Math.min(fitZoom(canvas, image) * SMALLEST_OF_FIT, ALWAYS_ALLOWED);
}

/**
 * The middle of the micrograph at a given zoom.
 * @param {Size} canvas
 * @param {Size} image
 * @param {number} zoom
 * @returns {Viewport}
 */
export function centred(canvas, image, zoom) {
  return { cx: (image.width - 1) / 2, cy: (image.height - 1) / 2, zoom, width: canvas.width, height: canvas.height };
}

/** @param {Size} canvas @param {Size} image @returns {Viewport} */
export function fit(canvas, image) {
  return centred(canvas, image, fitZoom(canvas, image));
}

/**
 * Keep the zoom in its range and the middle of the canvas on the micrograph.
 * @param {Viewport} view
 * @param {Size} image
 * @returns {Viewport}
 */
export function clamp(view, image) {
  return {
    ...view,
    zoom: clampTo(view.zoom, smallestZoom(view, image), MAX_ZOOM),
    cx: clampTo(view.cx, -0.5, image.width - 0.5),
    cy: clampTo(view.cy, -0.5, image.height - 0.5),
  };
}

/**
 * Zoom by a factor while the micrograph point under (x, y) stays under it.
 * @param {Viewport} view @param {number} factor @param {import('./types.js').Point} at CSS px @param {Size} image
 * @returns {Viewport}
 */
export function zoomAt(view, factor, at, image) {
  const zoom = clampTo(view.zoom * factor, smallestZoom(view, image), MAX_ZOOM);
  const fixed = toImage(view, at.x, at.y);
  const moved = {
    ...view,
    zoom,
    cx: fixed.x - (at.x - view.width / 2) / zoom,
    cy: fixed.y - (at.y - view.height / 2) / zoom,
  };
  return clamp(moved, image);
}

/**
 * Move the micrograph with the hand by CSS px.
 * @param {Viewport} view
 * @param {number} dx
 * @param {number} dy
 * @param {Size} image
 */
export function panned(view, dx, dy, image) {
  return clamp({ ...view, cx: view.cx - dx / view.zoom, cy: view.cy - dy / view.zoom }, image);
}

/**
 * A canvas of another size that looks at the same point.
 * @param {Viewport} view
 * @param {Size} canvas
 * @returns {Viewport}
 */
export function resized(view, canvas) {
  return { ...view, width: canvas.width, height: canvas.height };
}

/**
 * One frame of a thrown view.
 * @param {import('./types.js').Point} velocity CSS px per ms @param {number} elapsed ms
 * @returns {{dx: number, dy: number, velocity: import('./types.js').Point | null}} null when it has come to rest
 */
export function glide(velocity, elapsed) {
  const kept = Math.exp(-elapsed / GLIDE_MS);
  const travel = GLIDE_MS * (1 - kept);
  const next = { x: velocity.x * kept, y: velocity.y * kept };
  const rests = Math.hypot(next.x, next.y) < GLIDE_END;
  return { dx: velocity.x * travel, dy: velocity.y * travel, velocity: rests ? null : next };
}

/** The view as it stands in the page's address. @param {Viewport} view */
export function toAddress(view) {
  return { x: view.cx.toFixed(2), y: view.cy.toFixed(2), zoom: view.zoom.toPrecision(6) };
}

/**
 * The view that an address asks for, or null when it asks for none.
 * @param {URLSearchParams} address @param {Size} canvas @returns {Viewport | null}
 */
export function fromAddress(address, canvas) {
  const [cx, cy, zoom] = ['x', 'y', 'zoom'].map((key) => Number.parseFloat(address.get(key) ?? ''));
  if (![cx, cy, zoom].every(Number.isFinite) || zoom <= 0) return null;
  return { cx, cy, zoom, width: canvas.width, height: canvas.height };
}
