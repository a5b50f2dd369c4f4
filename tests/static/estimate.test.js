import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate, particleProbability } from '../../static/estimate.js';

const EVEN = { share: 0.5, noise_mean: -1, noise_sd: 1, particle_mean: 1, particle_sd: 1 };
const RANGE = { low: -2, high: 2 };

test('half way between two equal distributions it is one or the other', () => {
  assert.equal(particleProbability(EVEN, 0), 0.5);
  // Log odds of two normal distributions two apart grow by 2 for 1 of score.
  assert.ok(Math.abs(particleProbability(EVEN, 1) - 1 / (1 + Math.exp(-2))) < 1e-12);
});

test('a wide distribution of particles does not win far below the noise', () => {
  assert.equal(particleProbability({ ...EVEN, particle_sd: 9 }, -4.1), 0);
});

test('precision is of what is kept, recall of what there is', () => {
  // Four bins with centres -1.5, -0.5, 0.5, 1.5: log odds -3, -1, 1, 3.
  const odds = [-3, -1, 1, 3].map((value) => 1 / (1 + Math.exp(-value)));
  const found = estimate(Uint32Array.of(10, 0, 2, 4), RANGE, 0, EVEN);
  const [kept, all] = [2 * odds[2] + 4 * odds[3], 10 * odds[0] + 2 * odds[2] + 4 * odds[3]];
  assert.ok(Math.abs(found.precision - kept / 6) < 1e-12);
  assert.ok(Math.abs(found.recall - kept / all) < 1e-12);
});

test('without a pick above the threshold there is nothing to say', () => {
  assert.equal(estimate(Uint32Array.of(3, 3, 0, 0), RANGE, 0, EVEN), null);
});
