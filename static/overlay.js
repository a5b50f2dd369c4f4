/**
 * Everything over the micrograph: a bitmap for each sheet of exclusions, picks and labels, then what a hand touches. Decides
 * when each is drawn; how they look is in sheets.js and live.js.
 */
import { Bitmap } from './bitmap.js';
import { readInk } from './ink.js';
import { drawLive } from './live.js';
import { painters, sheetOn } from './sheets.js';

/** @typedef {import('./types.js').State} State */

export class Overlay {
  /** @param {import('./state.js').Store<State>} store */
  constructor(store) {
    this.store = store;
    this.ink = readInk();
    this.sheets = painters().map((painter) => ({ painter, bitmap: new Bitmap(() => store.touch('viewport')) }));
  }

  /** @param {import('./stage.js').Frame} frame */
  draw({ context, ratio, state }) {
    const { viewport } = state;
    if (state.hidden || !viewport) return;
    for (const { painter, bitmap } of this.sheets) {
      bitmap.update(viewport, ratio, painter.key(state), (clean) => painter.paint(sheetOn(clean, state, ratio), state, this.ink));
      bitmap.place(context, viewport);
    }
    context.save();
    context.scale(ratio, ratio);
    drawLive(context, state, this.ink);
    context.restore();
  }

  /** The theme changed. */
  recolour() {
    this.ink = readInk();
    this.sheets.forEach(({ bitmap }) => bitmap.forget());
    this.store.touch('viewport');
  }
}
