/** The Export tab: exactly what the page shows goes into the file; an import reports before it does anything. */
import * as api from '../api.js';
import { byId, el, fill, say } from '../dom.js';
import { hasSuggestions, isPartial, pickCounts } from '../picking.js';
import { countAbove } from '../picks.js';
import { plural, sentence, short, signed, whole } from '../units.js';
import { filamentTotal } from './filaments.js';
import { labelTotals } from './label.js';

/**
 * @typedef {import('../types.js').State} State
 *
 * @typedef {object} Report
 * @property {number} total
 * @property {Record<string, number>} matched
 * @property {Record<string, number>} unmatched
 * @property {number} outside
 * @property {number} duplicates
 * @property {number} imported
 * @property {"particles" | "filaments" | "ctf"} rows
 * @property {boolean} applied
 */

const NAMES_SHOWN = 8;
/** What a row read and a row imported are called. */
const NOUNS = { particles: ['coordinate', 'label'], filaments: ['filament', 'filament'], ctf: ['micrograph', 'CTF'] };

/** How many coordinates each choice holds. @param {State} state @param {(id: number) => boolean} loaded */
export function exportCounts(state, loaded) {
  const labels = labelTotals(state, loaded).positive + (state.project?.filaments?.particles ?? 0);
  let uncovered = 0;
  for (const set of state.picks.values()) uncovered += countAbove(set.uncovered, state.threshold);
  return { picks: pickCounts(state).all, labels, both: labels + uncovered, filaments: filamentTotal(state, loaded) };
}

/** @param {Record<string, number>} counts */
function names(counts) {
  const all = Object.keys(counts);
  const more = all.length > NAMES_SHOWN ? ` and ${all.length - NAMES_SHOWN} more` : '';
  return `${all.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}

/** @param {Report} report @returns {string[]} */
function reportLines({ total, matched, unmatched, outside, duplicates, imported, applied, rows }) {
  const [read, made] = NOUNS[rows];
  const lost = rows === 'ctf' ? `${plural(outside, 'failed fit')} left out` : `${whole(outside)} outside their micrograph: are they scaled?`;
  const sum = (/** @type {Record<string, number>} */ counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  return [
    `${plural(total, read)} read`,
    `${whole(sum(matched))} on ${plural(Object.keys(matched).length, 'micrograph')} of this project`,
    sum(unmatched) ? `${whole(sum(unmatched))} on micrographs that are not here: ${names(unmatched)}` : '',
    outside ? lost : '',
    duplicates ? `${plural(duplicates, 'duplicate')} left out` : '',
    applied ? `${plural(imported, made)} imported` : 'Nothing has been changed yet.',
  ].filter(Boolean);
}

export class ExportPanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.form = /** @type {HTMLFormElement} */ (byId('import'));
    this.listen();
    store.subscribe(['picks', 'labels', 'filaments', 'project', 'threshold', 'tab', 'saving', 'micrographs'], () => this.draw());
  }

  listen() {
    byId('panel-export').addEventListener('change', () => this.draw());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send(false);
    });
    byId('import-apply').addEventListener('click', () => void this.send(true));
    byId('files').addEventListener('change', () => this.clearReport());
    byId('scale').addEventListener('change', () => this.clearReport());
    byId('rows-are').addEventListener('change', () => this.clearReport());
  }

  get choice() {
    const what = /** @type {HTMLInputElement} */ (document.querySelector('input[name="what"]:checked')).value;
    const format = /** @type {HTMLSelectElement} */ (byId('format')).value;
    const shape = /** @type {HTMLSelectElement} */ (byId('shape')).value;
    return { what, format, threshold: String(this.store.state.threshold), ...(what === 'filaments' ? { shape } : {}) };
  }

  draw() {
    const { state } = this.store;
    if (state.tab !== 'export') return;
    const counts = exportCounts(state, (id) => this.session.annotator.loaded(id));
    const partial = isPartial(state);
    const bound = (/** @type {string} */ what) => (partial && (what === 'picks' || what === 'both') ? '≥ ' : '');
    byId('export-filaments-row').hidden = !counts.filaments && this.choice.what !== 'filaments';
    byId('shape-row').hidden = this.choice.what !== 'filaments';
    for (const [what, figure] of Object.entries(counts)) say(byId(`export-${what}`), bound(what) + whole(figure));
    say(byId('export-picks-name'), `${hasSuggestions(state) ? 'suggestions' : 'picks'} at the threshold`);
    const wanted = counts[/** @type {keyof typeof counts} */ (this.choice.what)];
    const link = byId('download');
    say(link, wanted ? `Download ${bound(this.choice.what)}${plural(wanted, this.choice.what === 'filaments' ? 'filament' : 'coordinate')}` : 'Nothing to download');
    link.setAttribute('aria-disabled', String(!wanted));
    if (wanted) link.setAttribute('href', api.exportUrl(this.choice));
    else link.removeAttribute('href');
    say(byId('export-note'), this.note());
  }

  note() {
    const { saving, threshold, project } = this.store.state;
    if (saving.size)
      return `${plural(saving.size, 'change')} of labels not saved yet: wait until the page says “saved”.`;
    if (this.choice.what === 'filaments') return this.filamentNote();
    const along = project?.filaments?.particles ? ' Labels include the particles along filaments.' : '';
    return this.choice.what === 'labels'
      ? `Full-size pixels. Removed picks are left out.${along}`
      : `Picks with a score of at least ${signed(threshold)}, in full-size pixels. Removed picks are left out.`;
  }

  filamentNote() {
    const spacing = this.store.state.project?.filaments.spacing_angstrom;
    return this.choice.shape === 'pairs'
      ? 'Two rows for each filament, as RELION’s manual picker keeps them; RELION cuts them itself.'
      : `One row every ${spacing ? short(spacing, 4) : '?'} Å, with tube, track length and psi prior. The spacing stands in the Label tab.`;
  }

  clearReport() {
    byId('import-apply').hidden = true;
    fill(byId('import-report'));
  }

  /** @param {boolean} apply */
  async send(apply) {
    const form = new FormData();
    const files = /** @type {HTMLInputElement} */ (byId('files')).files ?? [];
    if (!files.length) return this.say('Choose one or more files first.');
    for (const file of files) form.append('files', file);
    form.append('scale', /** @type {HTMLInputElement} */ (byId('scale')).value || '1');
    form.append('rows', /** @type {HTMLSelectElement} */ (byId('rows-are')).value);
    form.append('apply', apply ? '1' : '0');
    try {
      this.report(await api.importFiles(form));
      if (apply) await this.session.afterImport();
    } catch (error) {
      const known = /** @type {any} */ (error).error;
      if (!known) throw error;
      this.say(sentence(known));
    }
  }

  /** @param {string} problem */
  say(problem) {
    byId('import-apply').hidden = true;
    fill(byId('import-report'), el('p', { class: 'problem' }, problem));
  }

  /** @param {Report} report */
  report(report) {
    byId('import-apply').hidden = report.applied || !Object.keys(report.matched).length;
    fill(
      byId('import-report'),
      el('div', { class: 'report' }, ...reportLines(report).map((line) => el('span', {}, line))),
    );
  }
}
