/** Requests to the server's HTTP interface. A refusal becomes a `Problem` (RFC 9457); nothing else is thrown. */

const DEADLINE_MS = 15_000;
const FILE_DEADLINE_MS = 3_600_000;

/** A request that was refused or did not arrive. `code` names a sentence in the catalogue: `problem.<code>`. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {number} status HTTP status, 0 when no answer came
   * @param {string} detail a sentence of the server's, in its language
   */
  constructor(code, status, detail) {
    super(detail || code);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.detail = detail;
  }

  /** Nobody is signed in here who may ask this: a browser in a session has a cookie that opens no page of one's own. */
  get signedOut() {
    return this.status === 401 || this.code === "not_allowed";
  }
}

/**
 * @param {string} path below /api/v1
 * @returns {Promise<any>}
 */
export function get(path) {
  return request("GET", path);
}

/**
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export function post(path, body = {}) {
  return request("POST", path, body);
}

/**
 * @param {string} path below /api/v1
 * @returns {Promise<any>}
 */
export function remove(path) {
  return request("DELETE", path);
}

/**
 * An answer as it came, to be saved as a file.
 * @param {string} path below /api/v1
 * @returns {Promise<Blob>}
 */
export async function getFile(path) {
  return (await answer("GET", path)).blob();
}

/**
 * A file that may be long, whole or not at all.
 * @param {string} path below /api/v1
 * @param {object} body
 * @returns {Promise<Blob>}
 */
export async function postFile(path, body) {
  const response = await answer("POST", path, body, FILE_DEADLINE_MS);
  try {
    return await response.blob();
  } catch (error) {
    throw new Problem("cut_off", 0, error instanceof Error ? error.message : "");
  }
}

/**
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {object} [body]
 */
async function request(method, path, body) {
  const response = await answer(method, path, body);
  if (response.status === 204) return null;
  return parsed(response);
}

/**
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {object} [body]
 * @param {number} [deadline] in milliseconds
 */
async function answer(method, path, body, deadline = DEADLINE_MS) {
  const response = await fetchOrProblem(`/api/v1${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(deadline),
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}

/**
 * @param {string} address
 * @param {RequestInit} options
 */
async function fetchOrProblem(address, options) {
  try {
    return await fetch(address, options);
  } catch (error) {
    throw new Problem("offline", 0, error instanceof Error ? error.message : "");
  }
}

/** @param {Response} response */
async function parsed(response) {
  try {
    return await response.json();
  } catch {
    throw new Problem("unreadable_answer", response.status, "");
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const code = typeof body?.code === "string" ? body.code : `status_${response.status}`;
  const detail = typeof body?.detail === "string" ? body.detail : "";
  return new Problem(code, response.status, detail);
}
