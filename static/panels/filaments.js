/** What the Label tab says of filaments: how many, how many particles they stand for, and the spacing along them. */
import { byId, say, show } from '../dom.js';
import { particlesOn } from '../filaments.js';
import { spacingPx } from '../scales.js';
import { plural, short, whole } from '../units.js';
import { typed } from './label.js';

/** @typedef {import('../types.js').State} State */

/**
 * Filaments in the whole project: mine of the open micrograph at once, the others as the server knows them.
 * @param {State} state @param {(id: number) => boolean} loaded
 */
export function filamentTotal({ micrographs, filaments }, loaded) {
  return micrographs.reduce(
    (sum, { id, filaments: told = 0 }) => sum + (loaded(id) ? (filaments.get(id)?.size ?? 0) : told),
    0,
  );
}

/** How many particles those of the open micrograph stand for; null while nobody knows. @param {State} state */
export function particlesHere(state) {
  const spacing = spacingPx(state);
  const here = [...(state.filaments.get(state.current ?? -1)?.values() ?? [])];
  return spacing === null ? null : here.reduce((sum, { ends }) => sum + particlesOn(ends, spacing), 0);
}

export class FilamentsPanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.spacing = /** @type {HTMLInputElement} */ (byId('filament-spacing'));
    this.spacing.addEventListener('change', () => this.keepSpacing());
    store.subscribe(['project', 'filaments', 'micrographs', 'current', 'mode'], () => this.draw());
  }

  keepSpacing() {
    const value = typed(this.spacing);
    if (value === undefined) this.store.set({ message: { kind: 'error', text: 'A spacing is 1 to 10,000 Å.' } });
    else void this.session.change({ filament_spacing_angstrom: value });
  }

  draw() {
    const { state } = this.store;
    const here = state.filaments.get(state.current ?? -1)?.size ?? 0;
    const total = filamentTotal(state, (id) => this.session.annotator.loaded(id));
    const shown = total > 0 || state.mode === 'filament';
    byId('filaments').hidden = byId('count-filaments-row').hidden = !shown;
    say(byId('count-filaments'), `${whole(here)} here · ${whole(total)} in all`);
    const { filament_spacing_angstrom: given } = state.project?.settings ?? {};
    const told = state.project?.filaments;
    show(this.spacing, given ? short(given, 6) : '');
    this.spacing.placeholder = !given && told?.spacing_angstrom ? short(told.spacing_angstrom, 6) : '';
    say(byId('filament-note'), this.note());
  }

  note() {
    const { state } = this.store;
    const told = state.project?.filaments;
    if (!told?.spacing_angstrom) return 'Half the diameter, once that is known; for segments type rise × asymmetric units.';
    const from = state.project?.settings.filament_spacing_angstrom ? '' : 'Half the diameter. ';
    const here = particlesHere(state);
    const stand = here === null ? 'Needs the pixel size.' : `${plural(here, 'particle')} along those here.`;
    const training = told.training_spacing_angstrom ?? 0;
    const rule = training > told.spacing_angstrom ? ` Training takes one every ${short(training, 4)} Å.` : '';
    return `${from}${stand}${rule}`;
  }
}
