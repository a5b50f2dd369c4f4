/** Where a person left a project: kept in this browser, so that the next visit goes on there. */

export class Place {
  /** @param {string} instance of the project */
  constructor(instance) {
    this.key = `peridot-place-${instance}`;
  }

  /** As it stood in the address; empty on a first visit. */
  get last() {
    try {
      return localStorage.getItem(this.key) ?? '';
    } catch {
      return ''; // storage is blocked: every visit begins at the first micrograph
    }
  }

  /** @param {string} address */
  keep(address) {
    try {
      localStorage.setItem(this.key, address);
    } catch {
      // Storage is blocked: the address alone remembers.
    }
  }
}
