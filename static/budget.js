/**
 * Which micrographs' picks are worth their memory: those nearest to the open one, up to a number of picks in all. Pure.
 * Of twenty thousand micrographs a page never needs all picks at once, and could not hold them.
 */

export class Budget {
  /** @param {number} most picks in all */
  constructor(most) {
    this.most = most;
    this.total = 0;
    /** Picks that are held, by micrograph. @type {Map<number, number>} */
    this.held = new Map();
  }

  /** @param {number} id @param {number} picks */
  hold(id, picks) {
    this.total += picks - (this.held.get(id) ?? 0);
    this.held.set(id, picks);
  }

  /** @param {number} id */
  drop(id) {
    this.total -= this.held.get(id) ?? 0;
    this.held.delete(id);
  }

  /** Whether one more should be fetched: there is room, or it is nearer than one that is held. @param {number} id @param {number} centre */
  admits(id, centre) {
    return this.total < this.most || distance(id, centre) < distance(this.farthest(centre), centre);
  }

  /**
   * Those without which the rest is still as many as there may be, the farthest first. So what has just come and is the
   * farthest stays, and is not fetched over and over.
   * @param {number} centre
   */
  surplus(centre) {
    const gone = [];
    for (let left = this.total; gone.length < this.held.size - 1; ) {
      const id = this.farthest(centre, gone);
      left -= this.held.get(id) ?? 0;
      if (left < this.most) break;
      gone.push(id);
    }
    return gone;
  }

  /** @param {number} centre @param {number[]} [without] @returns {number} */
  farthest(centre, without = []) {
    let [found, best] = [centre, -1];
    for (const id of this.held.keys()) {
      if (distance(id, centre) > best && !without.includes(id)) [found, best] = [id, distance(id, centre)];
    }
    return found;
  }
}

/** The same order as that of fetching: ids follow the names as a rule. @param {number} id @param {number} centre */
function distance(id, centre) {
  return Math.abs(id - centre);
}
