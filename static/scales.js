/** Sizes that follow from the project's settings and the open micrograph. Pure reads of the state. */

/** @typedef {import('./types.js').State} State */

/** A circle while the true diameter is unknown: this part of the micrograph's shorter side. */
const UNKNOWN_DIAMETER = 1 / 24;

/** Å per px, or null when unknown. @param {Pick<State, 'project'>} state */
export function pixelSize({ project }) {
  return project?.pixel_size_angstrom ?? null;
}

/**
 * The diameter is known in px: both it and the pixel size have been given.
 * @param {Pick<State, 'project'>} state
 */
export function diameterKnown({ project }) {
  return Boolean(project?.settings.diameter_angstrom && project.pixel_size_angstrom);
}

/**
 * The diameter of all circles, px; a stand-in while it is unknown.
 * @param {Pick<State, 'project' | 'drag' | 'view'>} state
 */
export function diameterPx({ project, drag, view }) {
  if (drag && 'diameter' in drag) return drag.diameter;
  const { pixel_size_angstrom: size, settings } = project ?? {};
  if (size && settings?.diameter_angstrom) return settings.diameter_angstrom / size;
  return view ? Math.max(8, Math.round(Math.min(view.width, view.height) * UNKNOWN_DIAMETER)) : 50;
}

/** How far around exclusions nothing is learned or picked, px. @param {Pick<State, 'project'>} state */
export function marginPx({ project }) {
  const margin = Number(project?.settings.training?.exclusion_margin_angstrom ?? 0);
  return project?.pixel_size_angstrom ? margin / project.pixel_size_angstrom : 0;
}

/** Between the particles along filaments, px, at least one; null while it is unknown. @param {Pick<State, 'project'>} state */
export function spacingPx({ project }) {
  const spacing = project?.filaments?.spacing_angstrom;
  return spacing && project?.pixel_size_angstrom ? Math.max(spacing / project.pixel_size_angstrom, 1) : null;
}

/** @type {WeakMap<import('./types.js').Micrograph[], Map<number, import('./types.js').Micrograph>>} */
const indexes = new WeakMap();

/**
 * One of the micrographs by its id; looked up, as there may be many thousand.
 * @param {import('./types.js').Micrograph[]} micrographs
 * @param {number | null} id
 */
export function micrographOf(micrographs, id) {
  let index = indexes.get(micrographs);
  if (!index) indexes.set(micrographs, (index = new Map(micrographs.map((one) => [one.id, one]))));
  return index.get(id ?? -1) ?? null;
}

/** @param {Pick<State, 'micrographs' | 'current'>} state */
export function currentMicrograph({ micrographs, current }) {
  return micrographOf(micrographs, current);
}
