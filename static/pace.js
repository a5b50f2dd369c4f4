/** Whether a view still moves, rests, or rests for long: on a slow line finer pictures come with the rest. */

/** A view that stays so long, ms, rests; then for long. */
const REST_MS = 350;
const LONG_REST_MS = 1500;

export class Pace {
  /**
   * @param {() => void} onRest
   * @param {(run: () => void, ms: number) => any} [later]
   * @param {(timer: any) => void} [never]
   */
  constructor(onRest, later = setTimeout, never = clearTimeout) {
    this.onRest = onRest;
    this.later = (/** @type {() => void} */ run, /** @type {number} */ ms) => later(run, ms);
    this.never = (/** @type {any} */ timer) => never(timer);
    /** @type {unknown} */
    this.last = null;
    this.rests = false;
    this.restsLong = false;
    /** @type {any} */
    this.timer = 0;
  }

  /** @param {unknown} viewport another object for another view */
  see(viewport) {
    if (viewport === this.last) return;
    this.last = viewport;
    this.rests = this.restsLong = false;
    this.never(this.timer);
    this.timer = this.later(() => this.rest(), REST_MS);
  }

  rest() {
    this.restsLong = this.rests;
    this.rests = true;
    if (!this.restsLong) this.timer = this.later(() => this.rest(), LONG_REST_MS - REST_MS);
    this.onRest();
  }
}
