/**
 * The committed exchange, one end of it: verification/INTRODUCTION.md, "The exchange". This page judges by itself; the
 * server only passes on what is public.
 *
 * @typedef {object} Half
 * @property {string} nonce
 * @property {string} key
 * @property {string} fingerprint
 *
 * @typedef {object} Ground
 * @property {string} session
 * @property {string} reference the case's
 * @property {number} run
 * @property {string} badge the signed document
 * @property {string} agentDevice canonical JWK
 * @property {string} customerDevice canonical JWK; "" on the agent's page, which gets it with the answer
 *
 * @typedef {object} Settled
 * @property {string} transcript base64url
 * @property {[number, number]} agentWords indices into the list
 * @property {number} customerWord
 * @property {string} language of the list
 * @property {CryptoKey} frameSecret goes into every key for a picture (key_share.js); it cannot be taken out
 */

import { exactBytes, randomBase64url, toBase64url } from "./base64url.js";

export const CURVE = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", namedCurve: "P-256" };
export const LATEST_MS = 20_000;

/** What arrived cannot be of an honest other end. `reason` is one of those of `introduction.refuse`. */
export class ExchangeRefused extends Error {
  /** @param {"commitment_broken" | "signature_invalid" | "late" | "out_of_order" | "transcript_differs"} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** One page's own part of one run. */
class Side {
  /** @type {CryptoKeyPair | null} */
  #pair = null;
  /** @type {Half | null} */
  #half = null;
  #since = 0;
  #stage = "new";

  /**
   * @param {Ground} ground
   * @param {string} fingerprint
   */
  constructor(ground, fingerprint) {
    this.ground = ground;
    this.fingerprint = fingerprint;
    /** @type {Settled | null} */
    this.settled = null;
  }

  /** @returns {Promise<Half>} made for this run and never used again */
  async half() {
    if (this.#half) return this.#half;
    this.#pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
    const point = await crypto.subtle.exportKey("raw", this.#pair.publicKey);
    this.#half = { nonce: randomBase64url(32), key: toBase64url(point), fingerprint: this.fingerprint };
    return this.#half;
  }

  /**
   * @param {{ run: number }} message
   * @param {string} from
   * @param {string} to
   */
  step(message, from, to) {
    if (message.run !== this.ground.run || this.#stage !== from) throw new ExchangeRefused("out_of_order");
    const now = performance.now();
    if (this.#since && now - this.#since > LATEST_MS) throw new ExchangeRefused("late");
    this.#stage = to;
    this.#since = now;
  }

  /** @param {string} customerDevice what the agent's page gets to know with the answer */
  learn(customerDevice) {
    this.ground = { ...this.ground, customerDevice };
  }

  /** Nothing came in time. */
  get overdue() {
    const waiting = this.#stage !== "new" && this.settled === null;
    return waiting && this.#since > 0 && performance.now() - this.#since > LATEST_MS;
  }

  /**
   * @param {Half} agent
   * @param {Half} customer
   * @param {string} language
   * @param {string} other the other end's ECDH key
   */
  async settle(agent, customer, language, other) {
    const transcript = await transcriptOf(this.ground, language, agent, customer);
    if (!this.#pair) throw new ExchangeRefused("out_of_order");
    const bits = await crypto.subtle.deriveBits(
      { name: "ECDH", public: await pointKey(other) },
      this.#pair.privateKey,
      256,
    );
    return { transcript, language, ...(await derived(bits, transcript)) };
  }
}

/** The agent's page: commits first, and sees the customer's half only then. */
export class AgentSide extends Side {
  /** @type {Settled | null} */
  #found = null;

  /**
   * @param {Ground} ground
   * @param {string} fingerprint
   * @param {import("./device_key.js").DeviceKey} deviceKey
   */
  constructor(ground, fingerprint, deviceKey) {
    super(ground, fingerprint);
    this.deviceKey = deviceKey;
  }

  async commit() {
    const half = await this.half();
    const { run, badge } = this.ground;
    this.step({ run }, "new", "committed");
    return { type: /** @type {const} */ ("exchange.commit"), run, commitment: await commitmentOf(half, badge) };
  }

  /** @param {Half & { run: number, language: string, device_key: string }} answer */
  async reveal(answer) {
    this.step(answer, "committed", "revealed");
    this.learn(answer.device_key);
    const half = await this.half();
    this.#found = await this.settle(half, answer, answer.language, answer.key);
    const signature = await this.deviceKey.sign(signedText("agent", this.#found.transcript));
    return { type: /** @type {const} */ ("exchange.reveal"), run: this.ground.run, ...half, signature };
  }

  /** @param {{ run: number, signature: string }} confirmed */
  async accept(confirmed) {
    this.step(confirmed, "revealed", "settled");
    if (!this.#found) throw new ExchangeRefused("out_of_order");
    const text = signedText("customer", this.#found.transcript);
    if (!(await signatureHolds(this.ground.customerDevice, text, confirmed.signature)))
      throw new ExchangeRefused("signature_invalid");
    this.settled = this.#found;
  }
}

/** The customer's page: answers a promise, and holds the agent's page to it. */
export class CustomerSide extends Side {
  #promised = "";

  /**
   * @param {Ground} ground
   * @param {string} fingerprint
   * @param {import("./device_key.js").DeviceKey} deviceKey
   * @param {string} language
   */
  constructor(ground, fingerprint, deviceKey, language) {
    super(ground, fingerprint);
    this.deviceKey = deviceKey;
    this.language = language;
  }

  /** @param {{ run: number, commitment: string }} promise */
  async answer(promise) {
    this.step(promise, "new", "answered");
    this.#promised = promise.commitment;
    const { run } = this.ground;
    const half = await this.half();
    return { type: /** @type {const} */ ("exchange.answer"), run, ...half, language: this.language };
  }

  /** @param {Half & { run: number, signature: string }} revealed */
  async confirm(revealed) {
    this.step(revealed, "answered", "settled");
    const { ground } = this;
    if ((await commitmentOf(revealed, ground.badge)) !== this.#promised)
      throw new ExchangeRefused("commitment_broken");
    const found = await this.settle(revealed, await this.half(), this.language, revealed.key);
    const text = signedText("agent", found.transcript);
    if (!(await signatureHolds(ground.agentDevice, text, revealed.signature)))
      throw new ExchangeRefused("signature_invalid");
    const signature = await this.deviceKey.sign(signedText("customer", found.transcript));
    this.settled = found;
    return { type: /** @type {const} */ ("exchange.confirm"), run: ground.run, signature };
  }
}

/**
 * @param {Half} agent
 * @param {string} badge
 */
export async function commitmentOf(agent, badge) {
  return toBase64url(
    await hashed("tachiai/commitment/v1", agent.nonce, agent.key, agent.fingerprint, badge),
  );
}

/**
 * @param {Ground} ground
 * @param {string} language
 * @param {Half} agent
 * @param {Half} customer
 */
export async function transcriptOf(ground, language, agent, customer) {
  const parts = [
    ground.session,
    ground.reference,
    String(ground.run),
    language,
    ground.badge,
    ground.agentDevice,
    ground.customerDevice,
    agent.fingerprint,
    customer.fingerprint,
    agent.key,
    customer.key,
    agent.nonce,
    customer.nonce,
  ];
  return toBase64url(await hashed("tachiai/introduction/v1", ...parts));
}

/**
 * Each part behind its length in 4 bytes, so that no two lists give the same bytes.
 * @param {string[]} parts
 */
export async function hashed(...parts) {
  const texts = parts.map((part) => new TextEncoder().encode(part));
  const whole = new Uint8Array(texts.reduce((size, text) => size + 4 + text.length, 0));
  let at = 0;
  for (const text of texts) {
    new DataView(whole.buffer).setUint32(at, text.length);
    whole.set(text, at + 4);
    at += 4 + text.length;
  }
  return crypto.subtle.digest("SHA-256", whole);
}

/**
 * @param {ArrayBuffer} secret Z, of both pages' ECDH
 * @param {string} transcript
 */
export async function derived(secret, transcript) {
  const salt = exactBytes(transcript, 32) ?? new Uint8Array(32);
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  /** @param {string} info @param {number} bytes */
  const take = async (info, bytes) =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(info) },
        key,
        bytes * 8,
      ),
    );
  const [first = 0, second = 0, third = 0] = await take("tachiai/v1/words/agent", 3);
  const said = (first << 16) | (second << 8) | third;
  const [high = 0, low = 0] = await take("tachiai/v1/words/customer", 2);
  return {
    agentWords: /** @type {[number, number]} */ ([said >> 13, (said >> 2) & 0x7ff]),
    customerWord: ((high << 8) | low) >> 5,
    frameSecret: await crypto.subtle.importKey(
      "raw",
      await take("tachiai/v1/frames/customer-to-agent", 32),
      "HKDF",
      false,
      ["deriveBits"],
    ),
  };
}

/**
 * @param {"agent" | "customer"} party
 * @param {string} transcript
 */
function signedText(party, transcript) {
  return `tachiai/introduction/v1 ${party} ${transcript}`;
}

/** @param {string} encoded */
export async function pointKey(encoded) {
  const point = exactBytes(encoded, 65);
  if (!point) throw new ExchangeRefused("commitment_broken");
  try {
    return await crypto.subtle.importKey("raw", point, CURVE, false, []);
  } catch {
    throw new ExchangeRefused("commitment_broken");
  }
}

/**
 * @param {string} jwk canonical
 * @param {string} text
 * @param {string} encoded
 */
export async function signatureHolds(jwk, text, encoded) {
  const signature = exactBytes(encoded, 64);
  if (!signature) return false;
  try {
    const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), SIGNING, false, ["verify"]);
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    return await crypto.subtle.verify(algorithm, key, signature, new TextEncoder().encode(text));
  } catch {
    return false;
  }
}
