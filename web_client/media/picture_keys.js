/**
 * Which key a picture is encrypted with, on either page, made anew for every connection. Each page decides by what its
 * own introduction found; what the server says of it is compared and never believed.
 *
 * @typedef {import("../protocol/key_share.js").KeyShare} KeyShare
 * @typedef {import("../protocol/shapes").CustomerView} CustomerView
 * @typedef {import("../protocol/shapes").AgentView} AgentView
 * @typedef {import("../protocol/device_key.js").DeviceKey} DeviceKey
 * @typedef {{ key: CryptoKey, compared: boolean }} Agreed `compared`: the other end is the one of the words
 */

import { introduced } from "../protocol/introduced.js";
import { agentsText, customersText, groundName, mustBeSigned, OwnKey } from "../protocol/key_share.js";

/** No key can be made. `lost`: this page does not know any more whom it compared words with; `distrusted`: it is told
 * something else than it found, or found that somebody is between; `badge`: the agent's badge cannot be checked now;
 * `unsigned`: this browser can never check it, and no words were compared; `device`: this browser's own key is another
 * one than the badge was made for. */
export class KeysUnavailable extends Error {
  /** @param {"lost" | "distrusted" | "badge" | "unsigned" | "device"} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * What this page found by itself, which what the server tells must fit.
 * @param {"customer" | "agent"} party
 * @param {CustomerView | AgentView} view
 * @throws {KeysUnavailable}
 */
async function ownFinding(party, view) {
  const found = await introduced(party, view);
  if (!found && view.exchange.transcript) throw new KeysUnavailable("lost");
  const fits = found?.badge === view.badge?.document && found?.transcript === view.exchange.transcript;
  if (found && !fits) throw new KeysUnavailable("distrusted");
  return found;
}

export class CustomerKeys {
  /** @type {{ own: OwnKey, ground: string, agentDevice: string, secret: CryptoKey | null } | null} */
  #offered = null;

  /**
   * @param {object} options
   * @param {() => CustomerView | null} options.view
   * @param {() => DeviceKey | null} options.deviceKey
   * @param {() => { failed: boolean, unable: boolean, agentDevice: (view: CustomerView) => Promise<string> }} options.introduction
   *   `agentDevice`: of the badge that this page has checked, "" where it cannot be checked now, or never (`unable`)
   */
  constructor({ view, deviceKey, introduction }) {
    this.view = view;
    this.deviceKey = deviceKey;
    this.introduction = introduction;
  }

  /**
   * For a new connection; keys of an earlier one are forgotten.
   * @returns {Promise<KeyShare>}
   * @throws {KeysUnavailable}
   */
  async offer() {
    this.#offered = null;
    const view = this.view();
    const device = this.deviceKey();
    const introduction = this.introduction();
    if (introduction.failed) throw new KeysUnavailable("distrusted");
    if (!view?.badge || !device) throw new KeysUnavailable("badge");
    const found = await ownFinding("customer", view);
    const agentDevice = found?.device || (await introduction.agentDevice(view));
    if (!agentDevice) throw new KeysUnavailable(introduction.unable ? "unsigned" : "badge");
    const ground = await groundName({
      session: view.session,
      reference: view.case_reference,
      transcript: found?.transcript ?? "",
      badge: view.badge.document,
      agentDevice,
      customerDevice: device.publicJwk,
    });
    const own = await OwnKey.made();
    this.#offered = { own, ground, agentDevice, secret: found?.secret ?? null };
    return { key: own.key, signature: await device.sign(customersText(ground, own.key)) };
  }

  /**
   * @param {KeyShare} share the agent's
   * @param {string | null} answers the key of this page that it is for, as the server tells it
   * @returns {Promise<Agreed | null>} null where it answers an offer that is over
   * @throws {import("../protocol/key_share.js").KeyShareRefused}
   */
  async agree(share, answers) {
    const offered = this.#offered;
    if (!offered || answers !== offered.own.key) return null;
    const { own, ground, agentDevice, secret } = offered;
    await mustBeSigned(share, agentDevice, agentsText(ground, own.key, share.key));
    const key = await own.frameKey(share.key, ground, secret, `${own.key} ${share.key}`, "encrypt");
    return this.#offered === offered ? { key, compared: secret !== null } : null;
  }
}

export class AgentKeys {
  /**
   * @param {object} options
   * @param {() => AgentView | null} options.view
   * @param {() => { failed: boolean, ownKey: () => Promise<DeviceKey> }} options.introduction
   */
  constructor({ view, introduction }) {
    this.view = view;
    this.introduction = introduction;
  }

  /**
   * @param {KeyShare} share the customer's
   * @param {string} customerDevice as the server tells it; believed only where no words were compared
   * @returns {Promise<Agreed & { share: KeyShare }>}
   * @throws {KeysUnavailable | import("../protocol/key_share.js").KeyShareRefused}
   */
  async answer(share, customerDevice) {
    const view = this.view();
    if (this.introduction().failed) throw new KeysUnavailable("distrusted");
    if (!view?.badge) throw new KeysUnavailable("badge");
    const device = await this.introduction().ownKey();
    if (JSON.parse(view.badge.document).device_key !== device.publicJwk) throw new KeysUnavailable("device");
    const found = await ownFinding("agent", view);
    const other = found?.device ?? customerDevice;
    const ground = await groundName({
      session: view.session,
      reference: view.case_reference,
      transcript: found?.transcript ?? "",
      badge: view.badge.document,
      agentDevice: device.publicJwk,
      customerDevice: other,
    });
    await mustBeSigned(share, other, customersText(ground, share.key));
    const own = await OwnKey.made();
    const key = await own.frameKey(share.key, ground, found?.secret ?? null, `${share.key} ${own.key}`, "decrypt");
    const signature = await device.sign(agentsText(ground, share.key, own.key));
    return { key, compared: found !== null, share: { key: own.key, signature } };
  }
}
