/** What the Label tab says of exclusions: how many, the margin around them, and labels that lie in one. */
import { byId, say, show } from '../dom.js';
import { excluder } from '../exclusions.js';
import { marginPx } from '../scales.js';
import { withSetting } from '../settings.js';
import { plural, whole } from '../units.js';
import { typed } from './label.js';

/** @typedef {import('../types.js').State} State */

const MARGIN = 'exclusion_margin_angstrom';

/** Exclusions in the whole project: mine of the open micrograph at once, the others as the server knows them. */
function totalOf(/** @type {State} */ state, /** @type {(id: number) => boolean} */ loaded) {
  const onOne = (/** @type {import('../types.js').Micrograph} */ { id, exclusions }) =>
    loaded(id) ? (state.exclusions.get(id)?.size ?? 0) : exclusions;
  return state.micrographs.reduce((sum, micrograph) => sum + onOne(micrograph), 0);
}

/** Positive labels of the open micrograph that training leaves out. @param {State} state */
function labelsInside(state) {
  const id = state.current ?? -1;
  const exclusions = state.exclusions.get(id);
  if (!exclusions?.size) return 0;
  const excluded = excluder(exclusions.values(), marginPx(state));
  const labels = [...(state.labels.get(id)?.values() ?? [])];
  return labels.filter(({ label, x, y }) => label === 'positive' && excluded(x, y)).length;
}

export class ExclusionsPanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.margin = /** @type {HTMLInputElement} */ (byId('exclusion-margin'));
    this.margin.addEventListener('change', () => this.keepMargin());
    store.subscribe(['project', 'labels', 'exclusions', 'micrographs', 'current'], () => this.draw());
  }

  keepMargin() {
    const value = typed(this.margin);
    if (value === undefined) {
      this.store.set({ message: { kind: 'error', text: 'A margin is 0 to 20,000 Å.' } });
      return;
    }
    const given = () => this.store.state.project?.settings.training ?? {};
    void this.session.change(() => ({ training: withSetting(given(), MARGIN, value || undefined) }));
  }

  draw() {
    const { state } = this.store;
    const here = state.exclusions.get(state.current ?? -1)?.size ?? 0;
    const total = totalOf(state, (id) => this.session.annotator.loaded(id));
    say(byId('count-exclusions'), `${whole(here)} here · ${whole(total)} in all`);
    byId('exclusions').hidden = !total;
    show(this.margin, String(state.project?.settings.training?.[MARGIN] ?? ''));
    const inside = labelsInside(state);
    const verb = inside === 1 ? 'lies' : 'lie';
    const left = inside ? ` ${plural(inside, 'label')} here ${verb} in one: training leaves that out.` : '';
    say(byId('exclusion-note'), `Nothing is learned or picked there.${left}`);
  }
}
