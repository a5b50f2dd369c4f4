/**
 * Several pages and one store, over lines that lose requests, answers and news: whatever happens, in whatever order, at
 * the end all of them show what the store holds, and every change is in it exactly once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Annotator } from '../../static/annotate.js';
import { LabelLoading } from '../../static/label-loading.js';
import { apply } from '../../static/labels.js';
import { Outbox, memoryStorage } from '../../static/outbox.js';

/**
 * @typedef {import('../../static/types.js').Operation} Operation
 * @typedef {import('../../static/types.js').Annotation} Annotation
 */

const PAGES = 3;
const STEPS = 250;
const SEEDS = 40;
const MICROGRAPHS = [1, 2, 3];

/** Numbers that look random and are the same in every run (mulberry32's mixing). @param {number} seed */
function generator(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const noAnswer = () => Object.assign(new Error('no answer'), { status: 0, permanent: false });

/** Everything that was begun has gone as far as it can. */
const rest = () => new Promise((done) => setImmediate(done));

/** Keeps labels as the server does (docs/api.md), and tells all who listen. */
class Server {
  constructor() {
    /** @type {Map<number, {revision: number, present: Map<string, Annotation>}>} */
    this.micrographs = new Map(MICROGRAPHS.map((id) => [id, { revision: 0, present: new Map() }]));
    /** @type {string[]} in the order in which they were applied */
    this.applied = [];
    /** @type {((event: any) => void)[]} */
    this.listeners = [];
  }

  /** @param {number} micrograph */
  row(micrograph) {
    return /** @type {{revision: number, present: Map<string, Annotation>}} */ (this.micrographs.get(micrograph));
  }

  /** @param {number} micrograph @param {Operation[]} operations @param {string} client */
  take(micrograph, operations, client) {
    const row = this.row(micrograph);
    const known = new Set(this.applied);
    const fresh = operations.filter(({ op_id }) => !known.has(op_id));
    if (fresh.length) {
      row.revision += 1;
      row.present = apply(row.present, fresh);
      this.applied.push(...fresh.map(({ op_id }) => op_id));
      this.listeners.forEach((tell) => tell({ micrograph, revision: row.revision, client, operations: fresh }));
    }
    return {
      revision: row.revision,
      applied: operations.map(({ op_id }) => op_id),
      repeated: operations.filter(({ op_id }) => known.has(op_id)).map(({ op_id }) => op_id),
      refused: [],
    };
  }

  /** @param {number} micrograph */
  tell(micrograph) {
    const { revision, present } = this.row(micrograph);
    const all = /** @type {any[]} */ ([...present.values()]);
    return { revision, labels: all.filter((one) => 'label' in one), filaments: all.filter((one) => 'ends' in one), exclusions: all.filter((one) => 'outline' in one) };
  }
}

/** One page with its line to the server: nothing on it arrives by itself. */
class Page {
  /** @param {Server} server @param {string} client @param {(below: number) => number} next */
  constructor(server, client, next) {
    this.server = server;
    this.next = next;
    this.connected = false;
    /** @type {any[]} */
    this.news = [];
    /** @type {((fate: "arrives" | "request lost" | "answer lost") => void)[]} */
    this.sends = [];
    /** @type {{arrive: () => void, fail: () => void}[]} answers to "give me all", made but not arrived */
    this.answers = [];
    /** @type {(() => void)[]} */
    this.timers = [];
    /** @type {string[]} */
    this.made = [];
    const state = { labels: new Map(), filaments: new Map(), exclusions: new Map(), project: null };
    this.state = state;
    const outbox = new Outbox({
      storage: memoryStorage(),
      send: (micrograph, operations) => this.send(micrograph, operations, client),
      onChange: () => {},
      onAnswer: (micrograph, operations, answer) => {
        this.annotator.acknowledged(micrograph, operations, answer);
        if (answer.repeated.length) void this.labels.surely(micrograph);
      },
      onLost: () => assert.fail('nothing is refused here'),
      later: (run) => this.timers.push(run),
    });
    this.outbox = outbox;
    this.labels = new LabelLoading({
      ask: (micrograph) => this.ask(micrograph),
      receive: (micrograph, answer) => this.annotator.receive(micrograph, answer),
      report: (error) => assert.fail(error),
      later: (run) => this.timers.push(run),
    });
    const watched = {
      pending: (/** @type {number} */ id) => outbox.pending(id),
      push: (/** @type {number} */ id, /** @type {Operation[]} */ operations) => {
        this.made.push(...operations.map(({ op_id }) => op_id));
        outbox.push(id, operations);
      },
    };
    const store = /** @type {any} */ ({ state, touch: () => {}, set: () => {} });
    this.annotator = new Annotator(store, watched, client, () => {});
    server.listeners.push((event) => this.connected && this.news.push(event));
    this.connect();
  }

  /** @param {number} micrograph @param {Operation[]} operations @param {string} client @returns {Promise<any>} */
  send(micrograph, operations, client) {
    return new Promise((resolve, reject) => {
      this.sends.push((fate) => {
        const answer = fate === 'request lost' ? null : this.server.take(micrograph, operations, client);
        if (fate === 'arrives') resolve(answer);
        else reject(noAnswer());
      });
    });
  }

  /** As session.js does it: what was said while nobody listened is asked for. */
  connect() {
    this.connected = true;
    void this.outbox.flush();
    MICROGRAPHS.forEach((id) => void this.labels.surely(id));
  }

  /** @param {number} micrograph @returns {Promise<any>} */
  ask(micrograph) {
    const answer = this.server.tell(micrograph);
    return new Promise((resolve, reject) => {
      this.answers.push({ arrive: () => resolve(answer), fail: () => reject(noAnswer()) });
    });
  }

  /** News stay away; what else is under way may still arrive or not. */
  disconnect() {
    this.connected = false;
    this.news = [];
  }

  /** Answers overtake each other. @returns {{arrive: () => void, fail: () => void} | undefined} */
  anyAnswer() {
    return this.answers.splice(this.next(Math.max(this.answers.length, 1)), 1)[0];
  }

  work() {
    const micrograph = MICROGRAPHS[this.next(MICROGRAPHS.length)];
    const there = [...this.annotator.annotations(micrograph).keys()];
    const id = there[this.next(Math.max(there.length, 1))];
    const [x, y] = [this.next(100), this.next(100)];
    const what = this.next(10);
    if (what < 2) this.annotator.add(micrograph, x, y);
    else if (what < 3) this.annotator.exclude(micrograph, [[x, y], [x + 9, y], [x, y + 9]]);
    else if (what < 5) this.annotator.travel(micrograph, what === 3 ? 'undo' : 'redo');
    else if (id && what < 7) this.annotator.remove({ kind: 'label', micrograph, id });
    else if (id && this.annotator.labels(micrograph).has(id)) this.annotator.move(micrograph, id, x, y);
  }

  /** Something on the line goes on. */
  carry() {
    const fates = /** @type {const} */ (['arrives', 'arrives', 'request lost', 'answer lost']);
    const ways = [
      () => this.sends.shift()?.(fates[this.next(fates.length)]),
      () => this.news.length && this.annotator.hear(this.news.shift()),
      () => this.anyAnswer()?.[this.next(4) ? 'arrive' : 'fail'](),
      () => this.timers.shift()?.(),
    ];
    ways[this.next(ways.length)]();
  }

  /** The line is good from now on. */
  async finish() {
    if (!this.connected) this.connect();
    while (this.outbox.size || this.sends.length || this.timers.length || this.news.length || this.answers.length) {
      this.timers.splice(0).forEach((run) => run());
      this.sends.splice(0).forEach((decide) => decide('arrives'));
      this.news.splice(0).forEach((event) => this.annotator.hear(event));
      while (this.answers.length) this.anyAnswer()?.arrive();
      await rest();
    }
  }
}

/** @param {number} seed */
async function play(seed) {
  const next = generator(seed);
  const server = new Server();
  const pages = Array.from({ length: PAGES }, (_, i) => new Page(server, `page ${i}`, next));
  for (let step = 0; step < STEPS; step++) {
    const page = pages[next(PAGES)];
    const what = next(20);
    if (what < 6) page.work();
    else if (what < 19) page.carry();
    else if (page.connected) page.disconnect();
    else page.connect();
    await rest();
  }
  // What one page still sends is news for the others.
  for (const page of [...pages, ...pages]) await page.finish();
  return { server, pages };
}

test('pages over lines that lose things end as the store, and every change is in it once', async () => {
  let made = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { server, pages } = await play(seed);
    const all = pages.flatMap((page) => page.made);
    made += all.length;
    assert.deepEqual([...server.applied].sort(), [...all].sort(), `seed ${seed}: lost or doubled`);
    for (const page of pages) {
      for (const id of MICROGRAPHS) {
        assert.deepEqual(page.annotator.annotations(id), server.row(id).present, `seed ${seed}, micrograph ${id}`);
      }
    }
  }
  assert.ok(made > 20 * SEEDS, `only ${made} changes were made`);
});
