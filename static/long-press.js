/**
 * A finger that rests: when it becomes a long press, and how near it is to that. Knows the clock and nothing of what lies
 * under the finger or of what a long press does.
 */

/** Before this a touch is a tap that nothing announces, ms. */
export const QUIET_MS = 180;
/** After this it is a long press, ms. */
export const LONG_MS = 700;

export class LongPress {
  /** @param {() => boolean} still whoever wants less motion sees at once that it is coming, and nothing that grows */
  constructor(still) {
    this.still = still;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.frame = 0;
  }

  /**
   * A finger came down where a long press would do something.
   * @param {(share: number) => void} grow how much of the wait has passed, above 0 and up to 1
   * @param {() => void} done
   */
  begin(grow, done) {
    this.cancel();
    const finish = () => (this.cancel(), done());
    const follow = (/** @type {number} */ from) => {
      grow(Math.min(Math.max((performance.now() - from) / (LONG_MS - QUIET_MS), 0.02), 1));
      this.frame = requestAnimationFrame(() => follow(from));
    };
    const announce = () => {
      this.timer = setTimeout(finish, LONG_MS - QUIET_MS);
      if (this.still()) grow(1);
      else follow(performance.now());
    };
    this.timer = setTimeout(announce, QUIET_MS);
  }

  cancel() {
    clearTimeout(this.timer);
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
