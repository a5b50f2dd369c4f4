/** The addresses of docs/api.md, each as one function. Knows no state. */
import { ask, askJson } from './net.js';

/** @typedef {import('./types.js').Operation} Operation */

export const project = () => askJson('api/project');
/** @param {object} settings */
export const patchProject = (settings) => askJson('api/project', { method: 'PATCH', body: settings });
export const scan = () => askJson('api/project/scan', { method: 'POST' });
/** @returns {Promise<import('./types.js').Micrograph[]>} */
export const micrographs = async () => (await askJson('api/micrographs')).micrographs;
/** @param {number} id @param {"raw"} [layer] only this one, which is there sooner @returns {Promise<import('./types.js').View>} */
export const view = (id, layer) => askJson(`api/micrographs/${id}/view${layer ? `?layers=${layer}` : ''}`);
/** @param {number} id */
export const labels = (id) => askJson(`api/micrographs/${id}/labels`);
/** @param {number} id @param {string} client @param {Operation[]} operations */
export const sendLabels = (id, client, operations) =>
  askJson(`api/micrographs/${id}/labels`, { method: 'POST', body: { client, operations } });
/** @param {number} id @param {string} job */
export const picks = (id, job) => askJson(`api/micrographs/${id}/picks?job=${encodeURIComponent(job)}`);
/** @param {number} focus @param {object} settings */
export const startTraining = (focus, settings) =>
  askJson('api/jobs', { method: 'POST', body: { kind: 'train', focus, settings } });
/** @param {string} id @returns {Promise<import('./types.js').Job>} */
export const job = (id) => askJson(`api/jobs/${id}`);
/** @param {string} id @param {number} after */
export const events = (id, after) => askJson(`api/jobs/${id}/events?after=${after}`);
/** @param {string} id @param {"cancel" | "finish" | "focus"} what @param {object} [body] */
export const tellJob = (id, what, body = {}) => askJson(`api/jobs/${id}/${what}`, { method: 'POST', body });
/** @param {FormData} form */
export const importFiles = (form) => askJson('api/import', { method: 'POST', form });
/** @param {{id: number, revision: string}} micrograph */
export const thumbnailUrl = ({ id, revision }) =>
  `api/micrographs/${id}/thumbnail?revision=${encodeURIComponent(revision)}`;
/** @param {Record<string, string>} choice what, format, threshold, job */
export const exportUrl = (choice) => `api/export?${new URLSearchParams(choice)}`;
/** @param {string} url @param {AbortSignal} signal */
export const image = async (url, signal) => (await ask(url, { signal })).blob();
