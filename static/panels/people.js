/** Who else is here, at the top, and one's own name. */
import { byId, el, fill, say, show } from '../dom.js';
import { LONGEST_NAME, initials, others, whereabouts } from '../people.js';

/** @typedef {import('../types.js').State} State */

/** More than these are counted. */
const SHOWN = 4;

export class PeoplePanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.box = /** @type {HTMLDetailsElement} */ (byId('me'));
    this.input = /** @type {HTMLInputElement} */ (byId('my-name'));
    this.input.maxLength = LONGEST_NAME;
    this.input.addEventListener('change', () => session.presence.rename(this.input.value));
    byId('me-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.input.blur();
      this.fold();
    });
    this.box.addEventListener('toggle', () => this.box.open && this.input.select());
    this.box.addEventListener('keydown', (event) => event.key === 'Escape' && this.fold());
    document.addEventListener('pointerdown', ({ target }) => {
      if (!this.box.contains(/** @type {Node} */ (target))) this.box.open = false;
    });
    store.subscribe(['me'], () => this.drawMe());
    store.subscribe(['people', 'me', 'current', 'micrographs'], () => this.drawOthers());
    this.drawMe();
  }

  fold() {
    this.box.open = false;
    byId('me-name').focus();
  }

  drawMe() {
    const { name, isGuest } = this.store.state.me;
    const shown = name || 'Your name';
    say(byId('me-name'), shown);
    byId('me-name').setAttribute('aria-label', isGuest ? `You are ${name || 'a guest'}: say your name` : `Your name: ${name}`);
    show(this.input, isGuest ? '' : name);
  }

  drawOthers() {
    const { people, me } = this.store.state;
    const found = others(people, me.client);
    const rest = found.slice(SHOWN);
    const more = rest.map((one) => whereabouts(one, this.placeOf(one))).join('\n');
    const count = rest.length > 0 && el('span', { class: 'muted', title: more }, `+${rest.length}`);
    fill(byId('others'), ...found.slice(0, SHOWN).map((one) => this.badge(one)), count);
  }

  /** @param {import('../people.js').Person} person */
  badge(person) {
    const place = this.placeOf(person);
    const text = whereabouts(person, place);
    const isHere = place !== null && person.micrograph === this.store.state.current;
    const title = place && !isHere ? `${text}: go there` : text;
    const short = initials(person.name);
    const go = () => void this.session.open(/** @type {number} */ (person.micrograph)).catch(this.session.report);
    return el(
      'button',
      {
        class: ['person', person.looking && 'looking', isHere && 'same'].filter(Boolean).join(' '),
        title,
        // Who speaks to the page says what is written on the button.
        'aria-label': `${short}, ${title}`,
        disabled: place === null || isHere,
        on: { click: go },
      },
      el('span', { 'aria-hidden': 'true' }, short),
    );
  }

  /** The name of the micrograph that somebody looks at. @param {import('../people.js').Person} person */
  placeOf({ micrograph }) {
    return this.store.state.micrographs.find(({ id }) => id === micrograph)?.name ?? null;
  }
}
