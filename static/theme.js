/** Dark or light: remembered where the browser allows it. */
import { byId } from './dom.js';

const KEY = 'peridot-theme';

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is blocked: the default is good enough
  }
}

/** @param {string} theme */
function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

/** @param {() => void} onChange */
export function createTheme(onChange) {
  const button = byId('theme');
  const set = (/** @type {string} */ theme) => {
    document.documentElement.dataset.theme = theme;
    button.setAttribute('aria-pressed', String(theme === 'light'));
    onChange();
  };
  button.addEventListener('click', () => {
    const theme = document.documentElement.dataset.theme === 'light' ? 'dark' : 'light';
    remember(theme);
    set(theme);
  });
  if (remembered() === 'light') set('light');
}
