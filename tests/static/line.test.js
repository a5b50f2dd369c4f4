import assert from 'node:assert/strict';
import test from 'node:test';

import { Gauge, asksForSmall, figures } from '../../static/line.js';
import { Pace } from '../../static/pace.js';

/** Answers of 40,000 bytes, one after the other: each begins after `wait` ms and comes in `takes` ms. */
function hear(gauge, count, { wait = 10, takes = 10, bytes = 40_000 } = {}) {
  for (let i = 0; i < count; i++) {
    const asked = 10_000 * i;
    gauge.note({ asked, first: asked + wait, last: asked + wait + takes, bytes });
  }
  return gauge;
}

test('bytes a second are those of the time in which something came', () => {
  const gauge = new Gauge();
  gauge.note({ asked: 0, first: 100, last: 200, bytes: 30_000 });
  gauge.note({ asked: 0, first: 100, last: 300, bytes: 30_000 });
  assert.equal(gauge.latency, 100);
  assert.equal(gauge.rate, 300_000, 'what comes together is counted once: 60,000 bytes in 200 ms');
});

test('nothing is known of a line that has brought little', () => {
  const gauge = hear(new Gauge(), 3, { bytes: 7000 });
  assert.deepEqual([gauge.rate, gauge.slow], [null, false]);
  assert.equal(hear(new Gauge(), 1).rate, 4_000_000);
});

test('a line of 100 kB a second is slow, one of 300 kB is not', () => {
  assert.equal(hear(new Gauge(), 2, { takes: 400 }).slow, true);
  assert.equal(hear(new Gauge(), 12, { takes: 133 }).slow, false);
});

test('a line whose answers begin late is slow, one late answer makes none', () => {
  assert.equal(hear(new Gauge(), 4, { wait: 500 }).slow, true);
  const gauge = hear(new Gauge(), 4);
  gauge.note({ asked: 90_000, first: 92_000, last: 92_010, bytes: 40_000 });
  assert.equal(gauge.slow, false);
});

test('where the very first answer took long the line is taken for slow until more is known', () => {
  const gauge = hear(new Gauge(), 1, { wait: 20, takes: 400, bytes: 7000 });
  assert.equal(gauge.slow, true);
  hear(gauge, 4);
  assert.equal(gauge.slow, true, 'the long one is still among the last');
  hear(gauge, 12);
  assert.equal(gauge.slow, false);
});

test('it is slow to change its mind: between the two limits it stays as it was', () => {
  const between = { takes: 150 };
  assert.equal(hear(new Gauge(false), 12, between).slow, false);
  assert.equal(hear(new Gauge(true), 12, between).slow, true);
  assert.equal(hear(new Gauge(true), 3, { takes: 20 }).slow, true);
  assert.equal(hear(new Gauge(true), 4, { takes: 20 }).slow, false);
});

test('smaller pictures are asked for as a person wants, or as the line is', () => {
  const found = ['auto', 'on', 'off'].map((mode) => [true, false].map((slow) => asksForSmall({ mode, slow })));
  assert.deepEqual(found, [
    [true, false],
    [true, true],
    [false, false],
  ]);
});

test('figures are told as far as they are known, and no rate that no screen needs', () => {
  assert.equal(figures({ mode: 'auto', slow: true, rate: 100_000, latency: 301.4 }), '0.8 Mbit/s, 301 ms');
  assert.equal(figures({ mode: 'auto', slow: false, rate: 40_000_000, latency: 4 }), '4 ms');
  assert.equal(figures({ mode: 'auto', slow: false, rate: null, latency: null }), '');
});

test('a view moves, rests and rests for long; each other view begins anew', () => {
  /** @type {[() => void, number][]} */
  const timers = [];
  let drawn = 0;
  const pace = new Pace(
    () => drawn++,
    (run, ms) => timers.push([run, ms]),
    () => timers.splice(0),
  );
  const [one, other] = [{}, {}];
  pace.see(one);
  pace.see(one);
  assert.deepEqual([timers.length, pace.rests, pace.restsLong], [1, false, false]);
  timers.shift()?.[0]();
  assert.deepEqual([drawn, pace.rests, pace.restsLong], [1, true, false]);
  timers.shift()?.[0]();
  assert.deepEqual([drawn, pace.rests, pace.restsLong, timers.length], [2, true, true, 0]);
  pace.see(other);
  assert.deepEqual([timers.length, pace.rests, pace.restsLong], [1, false, false]);
});
