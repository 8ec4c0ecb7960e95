/**
 * Between the tabs of one browser: a proof at the organisation's own sign-in, made in a tab of its own, lets the act go on
 * that asked for it. The message opens nothing; the server judges the act anew.
 */

export const PROOFS = "tachiai-proofs";
export const PROVED = "proved";
