/** The addresses of docs/api.md, each as one function. Knows no state. */
import { askBlob, askJson } from './net.js';

/**
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {{complete: boolean} | {empty: boolean}} Mark
 */

export const project = () => askJson('api/project');
/** @param {object} settings */
export const patchProject = (settings) => askJson('api/project', { method: 'PATCH', body: settings });
export const scan = () => askJson('api/project/scan', { method: 'POST' });
/** @param {string} [since] a stamp: only what has changed @returns {Promise<import('./listing.js').Told>} */
export const micrographs = (since) => askJson(`api/micrographs${since ? `?since=${encodeURIComponent(since)}` : ''}`);
/** @param {number} id */
export const look = (id) => askJson(`api/micrographs/${id}/look`, { method: 'POST' });
/**
 * @param {number} id @param {string} [layer] only this one, which is there sooner @param {AbortSignal} [signal]
 * @returns {Promise<import('./types.js').View>}
 */
export const view = (id, layer, signal) =>
  askJson(`api/micrographs/${id}/view${layer ? `?layers=${layer}` : ''}`, { signal });
/** @param {number} id */
export const labels = (id) => askJson(`api/micrographs/${id}/labels`);
/** @param {number} id @returns {Promise<import('./timeline.js').Step[]>} */
export const labelHistory = async (id) => (await askJson(`api/micrographs/${id}/labels/history`)).steps;
/** Labels and exclusions of another time. @param {number} id @param {number} seq */
export const labelsAt = (id, seq) => askJson(`api/micrographs/${id}/labels?at=${seq}`);
/** @param {number} id @param {string} client @param {string} who @param {Operation[]} operations */
export const sendLabels = (id, client, who, operations) =>
  askJson(`api/micrographs/${id}/labels`, { method: 'POST', body: { client, who, operations } });
/** @returns {Promise<import('./snapshots.js').Snapshot[]>} */
export const snapshots = async () => (await askJson('api/snapshots')).snapshots;
/** @param {string} name @param {string} who */
export const keepSnapshot = (name, who) => askJson('api/snapshots', { method: 'POST', body: { name, who } });
/** @param {number} id @returns {Promise<import('./snapshots.js').Difference>} */
export const snapshotDifference = (id) => askJson(`api/snapshots/${id}/difference`);
/**
 * @param {number} id @param {string} client @param {string} who
 * @returns {Promise<import('./snapshots.js').Difference & {before: import('./snapshots.js').Snapshot | null}>}
 */
export const restoreSnapshot = (id, client, who) =>
  askJson(`api/snapshots/${id}/restore`, { method: 'POST', body: { client, who } });
/** @param {number} id */
export const removeSnapshot = (id) => askJson(`api/snapshots/${id}`, { method: 'DELETE' });
/** @param {number} id @param {string} job */
export const picks = (id, job) => askJson(`api/micrographs/${id}/picks?job=${encodeURIComponent(job)}`);
/** @returns {Promise<import('./settings.js').Setting[]>} */
export const trainingSettings = async () => (await askJson('api/training-settings')).settings;
/** @param {number} id @param {Mark} changes */
export const patchMicrograph = (id, changes) => askJson(`api/micrographs/${id}`, { method: 'PATCH', body: changes });
/** @param {{kind: import('./types.js').JobKind, focus: number, settings?: object, model?: string}} wanted */
export const startJob = (wanted) => askJson('api/jobs', { method: 'POST', body: wanted });
/** @param {string} id @param {number} focus */
export const resumeJob = (id, focus) => askJson(`api/jobs/${id}/resume`, { method: 'POST', body: { focus } });
/** @param {string} id @returns {Promise<import('./types.js').Job>} */
export const job = (id) => askJson(`api/jobs/${id}`);
/** @param {string} id @param {number} after */
export const events = (id, after) => askJson(`api/jobs/${id}/events?after=${after}`);
/** @param {string} id @param {"cancel" | "finish" | "pause" | "continue" | "focus"} what @param {object} [body] */
export const tellJob = (id, what, body = {}) => askJson(`api/jobs/${id}/${what}`, { method: 'POST', body });
/** @returns {Promise<import('./types.js').KeptModel[]>} */
export const models = async () => (await askJson('api/models')).models;
/** @param {string} job @param {string} name */
export const keepModel = (job, name) => askJson('api/models', { method: 'POST', body: { job, name } });
/** @param {FormData} form */
export const bringModel = (form) => askJson('api/models/upload', { method: 'POST', form });
/** @param {string} id @param {string} name */
export const renameModel = (id, name) => askJson(`api/models/${id}`, { method: 'PATCH', body: { name } });
/** @param {string} id */
export const deleteModel = (id) => askJson(`api/models/${id}`, { method: 'DELETE' });
/** @param {string} id */
export const modelUrl = (id) => `api/models/${id}/file`;
/** @param {FormData} form */
export const importFiles = (form) => askJson('api/import', { method: 'POST', form });
/** @param {{id: number, revision: string}} micrograph */
export const thumbnailUrl = ({ id, revision }) =>
  `api/micrographs/${id}/thumbnail?revision=${encodeURIComponent(revision)}`;
/** @param {Record<string, string>} choice what, format, threshold, job */
export const exportUrl = (choice) => `api/export?${new URLSearchParams(choice)}`;
/** @param {string} url @param {AbortSignal} signal */
export const image = (url, signal) => askBlob(url, { signal });
