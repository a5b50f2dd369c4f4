/**
 * The questions for the annotations of micrographs: each is asked once for all who want it, asked again until the line
 * lets the answer through, and an answer that a later question has overtaken counts no more. Knows nothing of what the
 * answers hold.
 */
import { FIRST_WAIT_MS, LONGEST_WAIT_MS } from './persistent.js';

/** @template Answer */
export class LabelLoading {
  /**
   * @param {object} parts
   * @param {(micrograph: number) => Promise<Answer>} parts.ask
   * @param {(micrograph: number, answer: Answer) => void} parts.receive
   * @param {(error: any) => void} parts.report what asking again cannot mend
   * @param {(run: () => void, ms: number) => any} [parts.later]
   */
  constructor({ ask, receive, report, later = setTimeout }) {
    this.later = (/** @type {() => void} */ run, /** @type {number} */ ms) => later(run, ms);
    this.ask = ask;
    this.receive = receive;
    this.report = report;
    /** @type {Map<number, Promise<void>>} */
    this.loading = new Map();
    this.asked = 0;
    /** @type {Map<number, number>} the newest question that was answered, by micrograph */
    this.answered = new Map();
    /** @type {Set<number>} */
    this.trying = new Set();
  }

  /**
   * @param {number} micrograph
   * @returns {Promise<void>} they are here; rejected with the RequestError where the question failed
   */
  load(micrograph) {
    return this.loading.get(micrograph) ?? this.anew(micrograph);
  }

  /** Also when they are here already. @param {number} micrograph @returns {Promise<void>} */
  anew(micrograph) {
    const turn = ++this.asked;
    const loading = this.ask(micrograph).then((answer) => {
      if (turn < (this.answered.get(micrograph) ?? 0)) return;
      this.answered.set(micrograph, turn);
      this.receive(micrograph, answer);
    });
    this.loading.set(micrograph, loading);
    // One that failed is asked anew by the next who wants it.
    loading.catch(() => this.loading.get(micrograph) === loading && this.loading.delete(micrograph));
    return loading;
  }

  /** What is known may be wrong: asked anew until an answer comes. @param {number} micrograph */
  async surely(micrograph, wait = FIRST_WAIT_MS) {
    try {
      await this.anew(micrograph);
    } catch (/** @type {any} */ error) {
      if (error.status !== 0) return this.report(error);
      if (this.trying.has(micrograph)) return;
      this.trying.add(micrograph);
      this.later(() => {
        this.trying.delete(micrograph);
        void this.surely(micrograph, Math.min(2 * wait, LONGEST_WAIT_MS));
      }, wait);
    }
  }
}
