/** What a person could do next, in a sentence. Pure: it reads the state and draws nothing. */
import { hasSuggestions } from './picking.js';

/** @typedef {import('./types.js').State} State */

/** From this many labels on a first training is worth it. */
export const ENOUGH = 5;

/** @param {State} state @param {number} labels positive ones, in all @returns {string} */
export function nextStep(state, labels) {
  const { project, run } = state;
  if (!project) return '';
  if (project.looks_only) return 'This link is for looking: nothing that you do here is kept or changes anything.';
  if (!project.pixel_size_angstrom) return 'Enter the pixel size: the files do not say it.';
  if (labels < ENOUGH && hasSuggestions(state))
    return `Keep five suggestions that are particles, or click others (${labels} of ${ENOUGH}).`;
  if (labels < ENOUGH) return `Click five particles on any micrograph (${labels} of ${ENOUGH}).`;
  if (!project.settings.diameter_angstrom) return 'Enter the particle diameter, or drag the edge of a circle.';
  if (run?.state === 'running' && run.kind !== 'train') return 'Picks come in. You can go on labeling.';
  if (run?.state === 'running') return 'Training runs. You can go on labeling; it counts for the next round.';
  if (run?.state === 'done' && run.kind !== 'suggest') return 'Review the picks: keep and remove a few, then train again.';
  return 'Enough for a first training. More labels on more micrographs make it better.';
}
