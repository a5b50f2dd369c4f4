/** What the tour tells and points at, in the order in which a first job goes. Pure. */

/**
 * @typedef {object} Step
 * @property {string} at id of the element that it points at
 * @property {string} [tab] that is open meanwhile
 * @property {string} title
 * @property {string} text `{}` is the key of the help
 */

/** @type {readonly Step[]} */
export const STEPS = Object.freeze([
  {
    at: 'canvas',
    title: 'The micrograph',
    text: 'Click the middle of a particle to label it; five are a start. Drag or use two fingers to move, turn the wheel to zoom.',
  },
  {
    at: 'diameter',
    tab: 'label',
    title: 'How large a particle is',
    text: 'Check the pixel size, then type the longest extent in Å, or drag the edge of a labeled circle. What follows stands below.',
  },
  {
    at: 'toolstrip',
    title: 'Tools',
    text: 'Add, move the view, select many, erase, and exclude carbon or ice. Undo is here too; everything can be undone.',
  },
  {
    at: 'list',
    title: 'Micrographs',
    text: 'Particles on several micrographs teach more than many on one. “Next unlabeled” goes on.',
  },
  {
    at: 'train',
    tab: 'train',
    title: 'Train',
    text: 'With five labels, press Train. Picks appear in seconds and move while the network learns.',
  },
  {
    at: 'threshold',
    tab: 'review',
    title: 'Review',
    text: 'Move the threshold, remove wrong picks, keep right ones, and train again. Then export.',
  },
  {
    at: 'saved',
    tab: 'label',
    title: 'Nothing is lost',
    text: '“saved” means on the server’s disk. The “{}” beside it shows all keys, and this tour again.',
  },
]);

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Rect CSS px of the window
 * @typedef {{width: number, height: number}} Size
 */

const GAP = 14;
const EDGE = 8;

/**
 * Where the card goes so that it covers what it points at as little as it can: beside it where there is most room, or in
 * the middle of something that fills the window.
 * @param {Rect} target
 * @param {Size} card
 * @param {Size} window
 * @returns {{left: number, top: number}} CSS px of the window
 */
export function placeCard(target, card, window) {
  const rooms = [
    { room: target.left - card.width, left: target.left - card.width - GAP, top: target.top },
    { room: window.width - target.right - card.width, left: target.right + GAP, top: target.top },
    { room: window.height - target.bottom - card.height, left: target.left, top: target.bottom + GAP },
    { room: target.top - card.height, left: target.left, top: target.top - card.height - GAP },
  ];
  const best = rooms.reduce((one, other) => (other.room > one.room ? other : one));
  const inside = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ all) =>
    Math.max(EDGE, Math.min(at, all - size - EDGE));
  const fits = best.room >= GAP + EDGE;
  const left = fits ? best.left : (target.left + target.right - card.width) / 2;
  const top = fits ? best.top : target.bottom - card.height - 3 * GAP;
  return { left: inside(left, card.width, window.width), top: inside(top, card.height, window.height) };
}
