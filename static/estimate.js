/**
 * How many picks are particles, judged by their scores alone: the two normal distributions that the worker fitted to
 * noise and particles (`topazcore.calibration`) give every score a probability. Pure.
 *
 * @typedef {object} ScoreMixture
 * @property {number} share of particles among all picks
 * @property {number} noise_mean
 * @property {number} noise_sd
 * @property {number} particle_mean
 * @property {number} particle_sd
 */

/** As far below the noise's middle nothing is a particle, however wide their distribution is. */
const NOTHING_BELOW = 3;

/** That a pick of this score is a particle. @param {ScoreMixture} mixture @param {number} score */
export function particleProbability(mixture, score) {
  const { share, noise_mean, noise_sd, particle_mean, particle_sd } = mixture;
  if (score < noise_mean - NOTHING_BELOW * noise_sd) return 0;
  const particle = Math.log(share / particle_sd) - ((score - particle_mean) / particle_sd) ** 2 / 2;
  const noise = Math.log((1 - share) / noise_sd) - ((score - noise_mean) / noise_sd) ** 2 / 2;
  return 1 / (1 + Math.exp(noise - particle));
}

/**
 * Precision and recall at a threshold, expected from a histogram of scores; null where nothing is kept or to be found.
 * @param {Uint32Array} counts
 * @param {{low: number, high: number}} range
 * @param {number} threshold
 * @param {ScoreMixture} mixture
 * @returns {{precision: number, recall: number} | null}
 */
export function estimate(counts, { low, high }, threshold, mixture) {
  let [kept, keptParticles, particles] = [0, 0, 0];
  const width = (high - low) / counts.length;
  counts.forEach((count, i) => {
    const score = low + (i + 0.5) * width;
    const expected = count * particleProbability(mixture, score);
    particles += expected;
    if (score >= threshold) [kept, keptParticles] = [kept + count, keptParticles + expected];
  });
  return kept && particles ? { precision: keptParticles / kept, recall: keptParticles / particles } : null;
}
