/**
 * The page's only way to the server: one fetch wrapper with the one error shape, and the socket that notifies.
 * Every address is relative to the page's <base>, so that the page works behind a prefix.
 */
import { io } from './vendor/socket.io.esm.min.js';

/** @typedef {import('./types.js').ApiError} ApiError */

/** Answers that may become good when asked again; every other 4xx never will. */
const WORTH_ANOTHER_TRY = new Set([0, 403, 408, 413, 425, 429]);

export class RequestError extends Error {
  /** @param {number} status 0 when the server did not answer @param {ApiError} error */
  constructor(status, error) {
    super(error.found ?? error.code);
    this.name = 'RequestError';
    this.status = status;
    this.error = error;
  }

  /** Asking the same again can never succeed. */
  get permanent() {
    return this.status >= 400 && this.status < 500 && !WORTH_ANOTHER_TRY.has(this.status);
  }
}

/** @type {ApiError} */
const NO_ANSWER = Object.freeze({
  code: 'no_answer',
  found: 'the server does not answer',
  expected: 'a running server',
  action: 'Nothing is lost: the page keeps your changes and tries again by itself.',
});

/** @param {Response} response @returns {Promise<ApiError>} */
async function errorOf(response) {
  const unreadable = { code: `http_${response.status}`, found: `an answer with status ${response.status}` };
  const body = await response.json().catch(() => null);
  return body?.error ?? unreadable;
}

/**
 * What comes over the line, whose end is an answer like none: a server may be gone in the middle of one.
 * @template T
 * @param {Promise<T>} coming
 * @returns {Promise<T>}
 */
function arriving(coming) {
  return coming.catch((error) => {
    throw error.name === 'AbortError' ? error : new RequestError(0, NO_ANSWER);
  });
}

/**
 * @param {string} path relative to the page's base
 * @param {{method?: string, body?: any, form?: FormData, signal?: AbortSignal}} [options] `body` is sent as JSON
 * @returns {Promise<Response>}
 * @throws {RequestError} and the AbortError of `signal`
 */
export async function ask(path, { method = 'GET', body, form, signal } = {}) {
  const headers = body === undefined ? undefined : { 'Content-Type': 'application/json' };
  const payload = body === undefined ? form : JSON.stringify(body);
  const response = await arriving(fetch(path, { method, headers, body: payload, signal }));
  if (!response.ok) throw new RequestError(response.status, await errorOf(response));
  return response;
}

/** The JSON body of the answer. @type {(...request: Parameters<typeof ask>) => Promise<any>} */
export async function askJson(path, options) {
  return arriving((await ask(path, options)).json());
}

/** The answer as it is. @type {(...request: Parameters<typeof ask>) => Promise<Blob>} */
export async function askBlob(path, options) {
  return arriving((await ask(path, options)).blob());
}

/**
 * A websocket ends with its page. A session by polling, which is for proxies that know no websockets, may outlive a
 * page that is left early, and counts as a person until its ping is missed.
 */
const TRANSPORTS = Object.freeze({ transports: ['websocket', 'polling'], tryAllTransports: true });

/**
 * The socket; it reconnects by itself and never carries data that HTTP does not.
 * @param {Record<string, (body: any) => void>} listeners by event name; `connect` and `disconnect` too
 */
export function openSocket(listeners) {
  const { origin, pathname } = new URL('socket.io', document.baseURI);
  const socket = io(origin, { ...TRANSPORTS, path: pathname, reconnectionDelay: 300, reconnectionDelayMax: 3000 });
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  return socket;
}
