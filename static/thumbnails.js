/**
 * Thumbnails of the rows that rest in sight: a few at a time, in the order of need; one that is not wanted any more is
 * given up, on its way or not yet asked for. Knows nothing of the page.
 */

const AT_ONCE = 2;
const KEPT = 300;

/**
 * @template T
 * @typedef {{url: string, show: (picture: T) => void}} Wish
 */

/** @template {{close?: () => void}} T */
export class Thumbnails {
  /** @param {(url: string, signal: AbortSignal) => Promise<T>} fetch rejects where there is no picture */
  constructor(fetch) {
    this.fetch = fetch;
    /** @type {Wish<T>[]} */
    this.wishes = [];
    /** @type {Map<string, AbortController>} */
    this.coming = new Map();
    /** The most recently used last. @type {Map<string, T>} */
    this.kept = new Map();
    /** Not asked for again on this page: the server has said why. @type {Set<string>} */
    this.failed = new Set();
  }

  /** What is wanted from now on, the most urgent first. @param {Wish<T>[]} wishes */
  want(wishes) {
    const urls = new Set(wishes.map(({ url }) => url));
    for (const [url, controller] of this.coming) {
      if (!urls.has(url)) (controller.abort(), this.coming.delete(url));
    }
    this.wishes = wishes.filter((wish) => !this.showKept(wish));
    this.start();
  }

  /** @param {Wish<T>} wish */
  showKept({ url, show }) {
    const picture = this.kept.get(url);
    if (!picture) return false;
    this.kept.delete(url);
    this.kept.set(url, picture);
    show(picture);
    return true;
  }

  start() {
    for (const { url } of this.wishes) {
      if (this.coming.size >= AT_ONCE) return;
      if (!this.coming.has(url) && !this.failed.has(url)) void this.bring(url);
    }
  }

  /** @param {string} url */
  async bring(url) {
    const controller = new AbortController();
    this.coming.set(url, controller);
    try {
      this.keep(url, await this.fetch(url, controller.signal));
    } catch (error) {
      if (controller.signal.aborted) return;
      if (/** @type {any} */ (error).permanent) this.failed.add(url);
    } finally {
      if (this.coming.get(url) === controller) this.coming.delete(url);
    }
    if (!controller.signal.aborted) this.next(url);
  }

  /** One has come, or will not: show it, and go on with the others. @param {string} url */
  next(url) {
    this.wishes.filter((wish) => wish.url === url).forEach((wish) => this.showKept(wish));
    this.wishes = this.wishes.filter((wish) => wish.url !== url);
    this.start();
  }

  /** @param {string} url @param {T} picture */
  keep(url, picture) {
    this.kept.set(url, picture);
    for (const [oldest, old] of this.kept) {
      if (this.kept.size <= KEPT) return;
      this.kept.delete(oldest);
      old.close?.();
    }
  }
}
