/**
 * Operations on their way to the disk of the server. An operation stays here, and in IndexedDB where the browser allows
 * it, until the server has acknowledged it; then and only then is it "saved". Never reorders the operations of a
 * micrograph. Where the right to change anything is lost (403) it stops, and where there is no such micrograph (404) it
 * sets the operations aside: both are kept, and tried again when a person says so or the page is opened again.
 *
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {{op_id: string, order: number, micrograph: number, operation: Operation}} Entry
 * @typedef {{persistent: boolean, all: () => Promise<Entry[]>, add: (entries: Entry[]) => Promise<void>, remove:
 *   (ids: string[]) => Promise<void>}} Storage
 * @typedef {{revision: number, applied: string[], repeated: string[], refused: {op_id: string, error:
 *   import('./types.js').ApiError}[]}} Answer `repeated` had been applied before
 * @typedef {"saved" | "saving" | "offline" | "refused"} Status
 */

/** The most operations of one request (docs/api.md). */
const BATCH = 500;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;

/** Keeps operations for as long as the page is open. @returns {Storage} */
export function memoryStorage() {
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  return {
    persistent: false,
    all: async () => [...entries.values()],
    add: async (added) => added.forEach((entry) => entries.set(entry.op_id, entry)),
    remove: async (ids) => ids.forEach((id) => entries.delete(id)),
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** @param {string} name @returns {Promise<Storage>} */
async function indexedStorage(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('operations', { keyPath: 'op_id' });
  const database = await settled(opening);
  /** @param {(store: IDBObjectStore) => void} change */
  const write = (change) => {
    const transaction = database.transaction('operations', 'readwrite');
    change(transaction.objectStore('operations'));
    return committed(transaction);
  };
  return {
    persistent: true,
    all: () => settled(database.transaction('operations').objectStore('operations').getAll()),
    add: (entries) => write((store) => entries.forEach((entry) => store.put(entry))),
    remove: (ids) => write((store) => ids.forEach((id) => store.delete(id))),
  };
}

/** The browser's storage, or memory where it is blocked. @param {string} name @returns {Promise<Storage>} */
export async function openStorage(name) {
  try {
    return await indexedStorage(name);
  } catch (error) {
    console.info(`Peridot keeps unsaved changes in memory only: ${error}`);
    return memoryStorage();
  }
}

export class Outbox {
  /**
   * @param {object} parts
   * @param {Storage} parts.storage
   * @param {(micrograph: number, operations: Operation[]) => Promise<Answer>} parts.send
   * @param {() => void} parts.onChange the status or the number of waiting operations changed
   * @param {(micrograph: number, operations: Operation[], answer: Answer) => void} parts.onAnswer
   * @param {(micrograph: number, operations: Operation[], error: any) => void} parts.onLost the whole batch can never
   *   be applied
   * @param {(run: () => void, ms: number) => any} [parts.later]
   */
  constructor({ storage, send, onChange, onAnswer, onLost, later = setTimeout }) {
    this.later = (/** @type {() => void} */ run, /** @type {number} */ ms) => later(run, ms);
    this.storage = storage;
    this.send = send;
    this.onChange = onChange;
    this.onAnswer = onAnswer;
    this.onLost = onLost;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Promise<void> | null} */
    this.running = null;
    this.waiting = false;
    this.failures = 0;
    this.batch = BATCH;
    this.lastOrder = 0;
    /** The refusal that stopped everything. @type {any} */
    this.stopped = null;
    /** The refusals of micrographs that are set aside. @type {Map<number, any>} */
    this.aside = new Map();
  }

  /** Take up what an earlier page left behind, and send it. */
  async load() {
    const left = await this.storage.all();
    this.entries = [...left, ...this.entries].sort((a, b) => a.order - b.order);
    this.lastOrder = this.entries.at(-1)?.order ?? 0;
    this.onChange();
    await this.flush();
  }

  /** @returns {Status} */
  get status() {
    if (!this.entries.length) return 'saved';
    if (this.stopped || this.entries.every(({ micrograph }) => this.aside.has(micrograph))) return 'refused';
    return this.failures ? 'offline' : 'saving';
  }

  /** Why something is kept and not sent. @returns {any} the error of the server's answer, or null */
  get refusal() {
    return this.stopped ?? [...this.aside.values()][0] ?? null;
  }

  /** What waits and may be sent. */
  get sendable() {
    return this.stopped ? [] : this.entries.filter(({ micrograph }) => !this.aside.has(micrograph));
  }

  get size() {
    return this.entries.length;
  }

  /** @param {number} micrograph @returns {Operation[]} */
  pending(micrograph) {
    return this.entries.filter((entry) => entry.micrograph === micrograph).map((entry) => entry.operation);
  }

  /** @param {number} micrograph @param {Operation[]} operations */
  push(micrograph, operations) {
    const added = operations.map((operation) => {
      this.lastOrder = Math.max(this.lastOrder + 1, Date.now());
      return { op_id: operation.op_id, order: this.lastOrder, micrograph, operation };
    });
    this.entries.push(...added);
    this.keep(this.storage.add(added));
    this.onChange();
    void this.flush();
  }

  /**
   * A storage that fails later (quota, private window) is left for memory; what waits is still held here.
   * @param {Promise<void>} writing
   */
  async keep(writing) {
    try {
      await writing;
    } catch (error) {
      console.info(`Peridot keeps unsaved changes in memory only: ${error}`);
      this.storage = memoryStorage();
      this.onChange();
    }
  }

  /** Send all that waits, one batch after the other; ends when nothing waits, or at the first failure. */
  flush() {
    if (this.sendable.length) this.running ??= this.deliverAll();
    return this.running ?? Promise.resolve();
  }

  async deliverAll() {
    try {
      while (this.sendable.length) {
        await this.deliver(this.nextBatch());
        this.onChange();
        if (this.failures) return;
      }
    } finally {
      this.running = null;
    }
  }

  nextBatch() {
    const [{ micrograph }] = this.sendable;
    return this.entries.filter((entry) => entry.micrograph === micrograph).slice(0, this.batch);
  }

  /** @param {Entry[]} batch */
  async deliver(batch) {
    const [{ micrograph }] = batch;
    const operations = batch.map((entry) => entry.operation);
    /** @type {Answer} */
    let answer;
    try {
      answer = await this.send(micrograph, operations);
    } catch (error) {
      return this.failed(batch, error);
    }
    this.failures = 0;
    this.forget(batch);
    this.onAnswer(micrograph, operations, answer);
  }

  /** @param {Entry[]} batch */
  forget(batch) {
    const gone = new Set(batch.map((entry) => entry.op_id));
    this.entries = this.entries.filter((entry) => !gone.has(entry.op_id));
    void this.keep(this.storage.remove([...gone]));
  }

  /** A person says that what was refused may be possible again. */
  tryAgain() {
    this.stopped = null;
    this.aside.clear();
    return this.flush();
  }

  /** A person gives up what is set aside. @returns {number[]} the micrographs */
  discard() {
    const micrographs = [...this.aside.keys()];
    this.forget(this.entries.filter(({ micrograph }) => this.aside.has(micrograph)));
    this.aside.clear();
    this.onChange();
    return micrographs;
  }

  /** @param {Entry[]} batch @param {any} error */
  failed(batch, error) {
    if (error.status === 403) this.stopped = error;
    else if (error.status === 404) this.aside.set(batch[0].micrograph, error);
    else this.notDelivered(batch, error);
  }

  /** @param {Entry[]} batch @param {any} error */
  notDelivered(batch, error) {
    if (error.permanent) {
      this.forget(batch);
      this.onLost(
        batch[0].micrograph,
        batch.map((entry) => entry.operation),
        error,
      );
      return;
    }
    if (error.status === 413) this.batch = Math.max(1, Math.floor(this.batch / 2));
    this.failures += 1;
    this.tryLater();
  }

  /** One timer at a time, however often a try in between fails. */
  tryLater() {
    if (this.waiting) return;
    this.waiting = true;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), LONGEST_WAIT_MS);
    this.later(() => {
      this.waiting = false;
      void this.flush();
    }, wait);
  }
}
