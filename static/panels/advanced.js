/** The Advanced fold of the Train form: built from the server's table, kept with the project, calm until changed. */
import * as api from '../api.js';
import { byId, el, fill, say, show } from '../dom.js';
import { WARM_START, placeholder, rangeText, read, withSetting } from '../settings.js';

/**
 * @typedef {import('../settings.js').Setting} Setting
 * @typedef {import('../settings.js').Given} Given
 * @typedef {{setting: Setting, row: HTMLElement, input: HTMLInputElement | HTMLSelectElement}} Field
 */

export class AdvancedPanel {
  /** @param {import('../state.js').Store<import('../types.js').State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    /** @type {Field[]} */
    this.fields = [];
    this.warm = /** @type {HTMLInputElement} */ (byId('warm-start'));
    this.warm.addEventListener('change', () => this.keep(WARM_START, this.warm.checked ? undefined : false));
    byId('advanced-reset').addEventListener('click', () => void this.session.change({ training: null }));
    byId('advanced').addEventListener('toggle', () => void this.build().catch(session.report));
    store.subscribe(['project'], () => this.draw());
  }

  /** @returns {Given} */
  get given() {
    return this.store.state.project?.settings.training ?? {};
  }

  /** The table is asked for when the fold is opened first. */
  async build() {
    if (this.fields.length) return;
    const settings = await api.trainingSettings();
    if (this.fields.length) return;
    this.fields = settings.map((setting) => this.field(setting));
    const groups = [...new Set(settings.map(({ group }) => group))];
    fill(byId('advanced-fields'), ...groups.map((group) => this.group(group)));
    this.draw();
  }

  /** @param {string} group */
  group(group) {
    const rows = this.fields.filter(({ setting }) => setting.group === group).map(({ row }) => row);
    return el('fieldset', {}, el('legend', {}, group), ...rows);
  }

  /** @param {Setting} setting @returns {Field} */
  field(setting) {
    const { name, label, unit, help } = setting;
    const id = `setting-${name.replaceAll('_', '-')}`;
    const input = setting.kind === 'choice' ? choice(setting, id) : number(setting, id);
    input.addEventListener('change', () => this.take(setting, input));
    const reset = el('button', {
      type: 'button',
      class: 'quiet reset',
      'aria-label': `Default of ${label}`,
      title: 'Back to the default',
      on: { click: () => this.reset(setting, input) },
    });
    reset.append('↺');
    const row = el('div', { class: 'field', title: help }, el('label', { for: id }, label), el('span', {}, reset, input));
    row.lastElementChild?.append(el('span', { class: 'unit' }, unit));
    return { setting, row, input };
  }

  /** @param {Setting} setting @param {HTMLInputElement | HTMLSelectElement} input */
  take(setting, input) {
    const value = input.validity.badInput ? NaN : read(setting, input.value);
    const wrong = Number.isNaN(value);
    input.setAttribute('aria-invalid', String(wrong));
    if (wrong) this.store.set({ message: { kind: 'error', text: rangeText(setting) } });
    else this.keep(setting.name, value);
  }

  /** @param {Setting} setting @param {HTMLInputElement | HTMLSelectElement} input */
  reset(setting, input) {
    input.setAttribute('aria-invalid', 'false');
    // The field that has the focus is left alone when the project is drawn.
    input.value = setting.kind === 'choice' ? String(setting.default) : '';
    input.focus();
    this.keep(setting.name, undefined);
  }

  /** @param {string} name @param {number | string | boolean | undefined} value */
  keep(name, value) {
    void this.session.change(() => ({ training: withSetting(this.given, name, value) }));
  }

  draw() {
    const { project } = this.store.state;
    const given = this.given;
    const changed = Object.keys(given).length;
    say(byId('advanced-changed'), changed ? `${changed} changed` : '');
    byId('advanced-reset').hidden = !changed;
    this.warm.checked = given[WARM_START] !== false;
    byId('warm-start-row').classList.toggle('changed', !this.warm.checked);
    this.fields.forEach((field) => this.drawField(field, given[field.setting.name], project?.derived));
  }

  /** @param {Field} field @param {number | string | boolean | undefined} value @param {Record<string, any> | null} [derived] */
  drawField({ setting, row, input }, value, derived) {
    row.classList.toggle('changed', value !== undefined);
    /** @type {HTMLElement} */ (row.querySelector('.reset')).hidden = value === undefined;
    if (input instanceof HTMLSelectElement) input.value = String(value ?? setting.default);
    else {
      if (input.getAttribute('aria-invalid') !== 'true') show(input, value === undefined ? '' : String(value));
      input.placeholder = placeholder(setting, derived);
    }
  }
}

/** @param {Setting} setting @param {string} id */
function choice({ choices, default: usual }, id) {
  const option = (/** @type {{value: string, label: string}} */ { value, label }) =>
    el('option', { value, selected: value === usual }, label);
  return el('select', { id }, ...choices.map(option));
}

/** @param {Setting} setting @param {string} id */
function number({ kind, low, high }, id) {
  const whole = kind === 'whole';
  const step = whole ? 1 : 'any';
  return el('input', { id, type: 'number', min: low, max: high, step, inputmode: whole ? 'numeric' : 'decimal' });
}
