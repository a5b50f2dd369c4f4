import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RequestError, ask, askBlob, askJson } from '../../static/net.js';

const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

/** @param {any} answer a Response, or an error to throw */
function serverThat(answer) {
  /** @type {any[]} */
  const asked = [];
  globalThis.fetch = /** @type {any} */ (
    async (/** @type {string} */ path, /** @type {any} */ options) => {
      asked.push([path, options]);
      if (answer instanceof Error) throw answer;
      return answer;
    }
  );
  return asked;
}

test('a JSON body goes as JSON and a JSON answer comes back', async () => {
  const asked = serverThat(Response.json({ revision: 4 }));
  assert.deepEqual(await askJson('api/x', { method: 'POST', body: { a: 1 } }), { revision: 4 });
  const [[path, options]] = asked;
  assert.equal(path, 'api/x');
  assert.deepEqual(
    [options.method, options.body, options.headers['Content-Type']],
    ['POST', '{"a":1}', 'application/json'],
  );
});

test('an error of the server arrives in the one shape', async () => {
  const error = { code: 'bad_settings', found: 'pixel size -1 Å', expected: '0.1 to 100 Å', action: '…' };
  serverThat(Response.json({ error }, { status: 400 }));
  await assert.rejects(ask('api/x'), (thrown) => {
    assert.ok(thrown instanceof RequestError);
    assert.deepEqual(thrown.error, error);
    assert.ok(thrown.permanent);
    return true;
  });
});

test('an answer that is no JSON is an error all the same', async () => {
  serverThat(new Response('<h1>Bad gateway</h1>', { status: 502 }));
  await assert.rejects(
    ask('api/x'),
    (thrown) => thrown instanceof RequestError && thrown.error.code === 'http_502' && !thrown.permanent,
  );
});

test('no answer is worth another try', async () => {
  serverThat(new TypeError('Failed to fetch'));
  await assert.rejects(
    ask('api/x'),
    (thrown) => thrown instanceof RequestError && thrown.status === 0 && !thrown.permanent,
  );
});

for (const read of [askJson, askBlob]) {
  test(`an answer that ends in the middle is none: ${read.name}`, async () => {
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"labels": ['));
        controller.error(new TypeError('network error'));
      },
    });
    serverThat(new Response(cut));
    await assert.rejects(
      read('api/x'),
      (thrown) => thrown instanceof RequestError && thrown.status === 0 && !thrown.permanent,
    );
  });
}

test('a request that the page gave up is no error of the server', async () => {
  serverThat(new DOMException('stop', 'AbortError'));
  await assert.rejects(ask('api/x'), { name: 'AbortError' });
});

for (const [status, permanent] of /** @type {const} */ ([
  [400, true],
  [404, true],
  [409, true],
  [403, false],
  [413, false],
  [429, false],
  [500, false],
  [507, false],
])) {
  test(`status ${status} is ${permanent ? 'for ever' : 'worth another try'}`, () => {
    assert.equal(new RequestError(status, { code: 'x' }).permanent, permanent);
  });
}
