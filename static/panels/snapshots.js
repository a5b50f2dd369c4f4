/** Snapshots in the Label tab: keep all labels under a name, see what going back changes, go back, take that back. */
import * as api from '../api.js';
import { byId, el, fill, say } from '../dom.js';
import { change, facts, remarks, wentBack } from '../snapshots.js';
import { sentence } from '../units.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../snapshots.js').Snapshot} Snapshot
 * @typedef {import('../snapshots.js').Difference} Difference
 */

export class SnapshotsPanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.box = /** @type {HTMLDetailsElement} */ (byId('snapshots'));
    this.name = /** @type {HTMLInputElement} */ (byId('snapshot-name'));
    /** What is asked before something is done. @type {{id: number, difference: Difference | null} | null} */
    this.asked = null;
    /** What was there before one went back. @type {Snapshot | null} */
    this.before = null;
    this.box.addEventListener('toggle', () => this.box.open && void this.attempt(() => session.snapshots.load()));
    byId('snapshot-keep').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.attempt(() => this.keep());
    });
    byId('snapshot-undo').addEventListener('click', () => this.before && void this.goBack(this.before));
    store.subscribe(['snapshots'], () => this.draw());
  }

  /** Do something, and say why it was refused if it was. @param {() => Promise<void>} act */
  async attempt(act) {
    this.tell('');
    try {
      await act();
    } catch (error) {
      const known = /** @type {any} */ (error).error;
      if (!known) throw error;
      this.tell(sentence(known));
    }
  }

  /** @param {string} text @param {Snapshot | null} [before] that leads back from what is told */
  tell(text, before = null) {
    this.before = before;
    say(byId('snapshot-note'), text);
    byId('snapshot-undo').hidden = !before;
  }

  async keep() {
    await this.session.snapshots.keep(this.name.value);
    this.name.value = '';
  }

  /** @param {Snapshot} snapshot */
  async look({ id }) {
    await this.session.settled();
    this.ask({ id, difference: await api.snapshotDifference(id) });
  }

  /** @param {Snapshot} snapshot */
  goBack({ id, name }) {
    return this.attempt(async () => {
      this.ask(null);
      const { before, ...difference } = await this.session.snapshots.goBack(id);
      this.tell(wentBack(name, difference), before);
    });
  }

  /** @param {Snapshot} snapshot */
  async remove({ id }) {
    await api.removeSnapshot(id);
    this.ask(null);
    await this.session.snapshots.load();
  }

  /** @param {{id: number, difference: Difference | null} | null} asked */
  ask(asked) {
    this.asked = asked;
    this.draw();
    /** @type {HTMLElement | null} */ (byId('snapshot-list').querySelector('[data-first]'))?.focus();
  }

  draw() {
    const snapshots = this.store.state.snapshots ?? [];
    byId('snapshot-empty').hidden = snapshots.length > 0;
    fill(byId('snapshot-list'), ...snapshots.map((snapshot) => this.item(snapshot)));
  }

  /** @param {Snapshot} snapshot */
  item(snapshot) {
    const name = el('b', { class: snapshot.automatic ? 'clip muted' : 'clip' }, snapshot.name);
    const about = el('span', { class: 'note figures' }, facts(snapshot, new Date()));
    const isAsked = this.asked?.id === snapshot.id;
    return el('li', {}, name, about, isAsked ? this.question(snapshot) : this.buttons(snapshot));
  }

  /** @param {Snapshot} snapshot */
  buttons(snapshot) {
    const { name } = snapshot;
    const forget = () => this.ask({ id: snapshot.id, difference: null });
    return el(
      'div',
      { class: 'actions' },
      button('Go back', `Go back to ${name}`, () => void this.attempt(() => this.look(snapshot))),
      button('Remove', `Remove ${name}`, forget),
    );
  }

  /** @param {Snapshot} snapshot */
  question(snapshot) {
    const { name } = snapshot;
    const difference = this.asked?.difference;
    const leave = button('Leave it', `Leave it: ${name}`, () => this.ask(null), { 'data-first': true });
    const actions = (/** @type {HTMLElement} */ act) => el('div', { class: 'actions' }, act, leave);
    if (!difference) {
      const remove = () => void this.attempt(() => this.remove(snapshot));
      const gone = button('Remove', `Remove ${name} for good`, remove, { class: 'danger' });
      return el('div', {}, el('span', { class: 'note' }, 'The name goes, no label does.'), actions(gone));
    }
    const text = [change(difference), remarks(difference)].filter(Boolean).join(' ');
    const back = button('Go back', `Go back to ${name} now`, () => void this.goBack(snapshot), {
      disabled: !difference.micrographs,
    });
    return el('div', {}, el('span', { class: 'note', role: 'status' }, text), actions(back));
  }
}

/** @param {string} text @param {string} spoken @param {() => void} click @param {object} [more] */
function button(text, spoken, click, more = {}) {
  return el('button', { type: 'button', 'aria-label': spoken, on: { click }, ...more }, text);
}
