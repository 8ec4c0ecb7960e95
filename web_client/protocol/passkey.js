/**
 * Passkeys (WebAuthn level 3): the one place where this client asks an authenticator. Options and answers are those of
 * server/http/passkey_shapes.py; every binary value on the wire is base64url.
 */

import { fromBase64url, toBase64url } from "./base64url.js";

/** @typedef {import("./shapes").RegistrationOptions} RegistrationOptions */
/** @typedef {import("./shapes").AssertionOptions} AssertionOptions */
/** @typedef {import("./shapes").PasskeyRegistration} PasskeyRegistration */
/** @typedef {import("./shapes").PasskeyAssertion} PasskeyAssertion */

/**
 * What came of asking. `dismissed`: closed, timed out or nothing there to use, which browsers do not tell apart; `known`:
 * this device has one already; `impossible`: this browser, device or address cannot; `untrue`: the challenge is not over
 * what this page knows, and nothing was asked.
 */
export class PasskeyFailure extends Error {
  /** @param {"dismissed" | "known" | "impossible" | "untrue"} reason */
  constructor(reason) {
    super(reason);
    this.name = "PasskeyFailure";
    this.reason = reason;
  }
}

/** @returns {boolean} whether this browser knows passkeys at all */
export function passkeysKnown() {
  return typeof globalThis.PublicKeyCredential === "function" && Boolean(navigator.credentials);
}

/**
 * A new passkey on a device or key of the person's choice, unlocked by PIN, finger or face.
 * @param {RegistrationOptions} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<PasskeyRegistration>}
 */
export async function createPasskey(options, signal) {
  const credential = await asked(() =>
    navigator.credentials.create({ publicKey: creation(options), ...(signal ? { signal } : {}) }),
  );
  const response = credential.response;
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new PasskeyFailure("impossible");
  return {
    client_data: toBase64url(response.clientDataJSON),
    attestation: toBase64url(response.attestationObject),
  };
}

/**
 * Have a passkey sign. No credential is named: the person chooses among those that their devices hold for this site.
 * @param {AssertionOptions} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<PasskeyAssertion>}
 */
export async function usePasskey(options, signal) {
  const credential = await asked(() =>
    navigator.credentials.get({ publicKey: request(options), ...(signal ? { signal } : {}) }),
  );
  const response = credential.response;
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new PasskeyFailure("impossible");
  if (response.userHandle === null) throw new PasskeyFailure("impossible");
  return {
    credential: toBase64url(credential.rawId),
    client_data: toBase64url(response.clientDataJSON),
    data: toBase64url(response.authenticatorData),
    signature: toBase64url(response.signature),
    user_handle: toBase64url(response.userHandle),
  };
}

/**
 * As `usePasskey`, for a challenge over something that this page knows: it is made again here, and where it differs,
 * nobody is asked. Otherwise whoever stands between could have another thing signed.
 * @param {AssertionOptions} options
 * @param {string} label
 * @param {Uint8Array[]} parts
 * @returns {Promise<PasskeyAssertion>}
 */
export async function useBoundPasskey(options, label, parts) {
  const own = await boundChallenge(label, parts, fromBase64url(options.nonce));
  if (toBase64url(own) !== options.challenge) throw new PasskeyFailure("untrue");
  return usePasskey(options);
}

/**
 * SHA-256 over label, parts and nonce, each behind its length: verification/passkey_challenge.py.
 * @param {string} label
 * @param {Uint8Array[]} parts
 * @param {Uint8Array} nonce
 * @returns {Promise<ArrayBuffer>}
 */
export function boundChallenge(label, parts, nonce) {
  return crypto.subtle.digest("SHA-256", prefixed([new TextEncoder().encode(label), ...parts, nonce]));
}

/**
 * @param {Uint8Array[]} parts
 * @returns {Uint8Array<ArrayBuffer>} each part behind its length in four bytes
 */
export function prefixed(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    whole.set(part, at + 4);
    at += 4 + part.length;
  }
  return whole;
}

/**
 * @param {RegistrationOptions} options
 * @returns {PublicKeyCredentialCreationOptions}
 */
function creation(options) {
  return {
    challenge: fromBase64url(options.challenge),
    rp: options.party,
    user: {
      id: fromBase64url(options.user.handle),
      name: options.user.account,
      displayName: options.user.account,
    },
    pubKeyCredParams: options.algorithms.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: options.known.map((id) => ({ type: "public-key", id: fromBase64url(id) })),
    // Resident: it is found without being named, so that nothing asked tells who has one.
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
    attestation: "none",
    timeout: options.timeout_ms,
  };
}

/**
 * @param {AssertionOptions} options
 * @returns {PublicKeyCredentialRequestOptions}
 */
function request(options) {
  return {
    challenge: fromBase64url(options.challenge),
    rpId: options.party.id,
    userVerification: "required",
    timeout: options.timeout_ms,
  };
}

/**
 * @param {() => Promise<Credential | null>} ask
 * @returns {Promise<PublicKeyCredential>}
 */
async function asked(ask) {
  if (!passkeysKnown()) throw new PasskeyFailure("impossible");
  let credential;
  try {
    credential = await ask();
  } catch (error) {
    throw new PasskeyFailure(reasonOf(error));
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyFailure("impossible");
  return credential;
}

/**
 * @param {unknown} error
 * @returns {"dismissed" | "known" | "impossible"}
 */
function reasonOf(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "dismissed";
  return name === "InvalidStateError" ? "known" : "impossible";
}
