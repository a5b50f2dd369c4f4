/**
 * How good the line to the server is, by what tiles bring: bytes a second and the time until an answer begins. Says
 * whether the line is slow, and is slow to change its mind. Pure.
 *
 * @typedef {object} Sample one answer that came over the line
 * @property {number} asked ms
 * @property {number} first when the first byte came, ms
 * @property {number} last when the last byte came, ms
 * @property {number} bytes
 *
 * @typedef {"auto" | "on" | "off"} Mode what a person wants: by measurement, always or never smaller pictures
 * @typedef {{mode: Mode, slow: boolean, rate: number | null, latency: number | null}} Line bytes per second and ms
 */

/** Below this many bytes a second the line is slow (1.5 Mbit/s), and it is quick again above twice as many. */
export const SLOW_RATE = 190_000;
const QUICK_RATE = 2 * SLOW_RATE;
/** An answer that begins later than this, ms, makes a line slow, and it is quick again below the other. */
const SLOW_LATENCY = 400;
const QUICK_LATENCY = 250;
/** Where the first answer of all took so long, ms, the line is taken for slow until more is known. */
const FIRST_LONG = 300;
/** What is known of the last answers counts. */
const KEPT = 12;
/** Latency is known from so many answers on, a rate from so many bytes that took so long, ms. */
const FEWEST = 4;
const ENOUGH_BYTES = 40_000;
const LONG_ENOUGH = 400;

/** @type {readonly Mode[]} */
export const MODES = Object.freeze(['auto', 'on', 'off']);

/** Whether smaller pictures are asked for. @param {Pick<Line, "mode" | "slow">} line */
export function asksForSmall({ mode, slow }) {
  return mode === 'on' || (mode === 'auto' && slow);
}

export class Gauge {
  /** @param {boolean} [slow] as it was last time */
  constructor(slow = false) {
    this.slow = slow;
    this.isNew = true;
    /** @type {Sample[]} */
    this.samples = [];
  }

  /** @param {Sample} sample */
  note(sample) {
    this.samples = [...this.samples, sample].slice(-KEPT);
    if (this.isNew) this.slow ||= sample.last - sample.asked > FIRST_LONG;
    this.isNew = false;
    const changes = this.slow ? this.isQuick() : this.isSlow();
    if (!changes) return;
    this.slow = !this.slow;
    // Judged anew: what was asked for before were other pictures.
    this.samples = [sample];
  }

  /** ms until an answer begins; the least, as an answer may have cost the server some time. @returns {number | null} */
  get latency() {
    return this.samples.length ? Math.min(...this.samples.map(({ asked, first }) => first - asked)) : null;
  }

  /** Bytes a second while anything came; the time until an answer begins is not counted, as the server may need it. @returns {number | null} */
  get rate() {
    const bytes = this.samples.reduce((sum, sample) => sum + sample.bytes, 0);
    return bytes >= ENOUGH_BYTES ? (1000 * bytes) / Math.max(this.busy, 1) : null;
  }

  /** ms in which something came; what comes together is counted once. */
  get busy() {
    const spans = this.samples.map(({ first, last }) => [first, last]).sort((a, b) => a[0] - b[0]);
    let [sum, end] = [0, -Infinity];
    for (const [from, to] of spans) {
      sum += Math.max(to - Math.max(from, end), 0);
      end = Math.max(end, to);
    }
    return sum;
  }

  isSlow() {
    const { latency, rate } = this;
    const isLate = this.samples.length >= FEWEST && (latency ?? 0) > SLOW_LATENCY;
    return isLate || (rate !== null && rate < SLOW_RATE && this.busy >= LONG_ENOUGH);
  }

  isQuick() {
    const { latency, rate } = this;
    return this.samples.length >= FEWEST && (rate ?? 0) > QUICK_RATE && (latency ?? Infinity) < QUICK_LATENCY;
  }
}

/** The line in figures. @param {Line} line */
export function figures({ rate, latency }) {
  const parts = [
    rate !== null && rate < 10 * SLOW_RATE && `${((8 * rate) / 1e6).toFixed(1)} Mbit/s`,
    latency !== null && `${Math.round(latency)} ms`,
  ];
  return parts.filter(Boolean).join(', ');
}
