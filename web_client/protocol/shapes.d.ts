/** Shapes on the wire: server/signalling/PROTOCOL.md, session/CONSENT.md and the OpenAPI document. Types only, no code. */

export type SessionState =
  | "invited" | "waiting" | "joined" | "introducing" | "verifying" | "consenting"
  | "ready" | "sharing" | "paused" | "interrupted" | "ended";

export type Surface = "tab" | "window" | "screen";
/** Who covered the picture: the customer, or their page. */
export type PauseCause = "customer" | "muted" | "surface";

export type CapturedSurface = Surface | "unknown";

export type EndCause =
  | "customer_stopped" | "browser_stopped" | "agent_left" | "agent_signed_out" | "officer_ended" | "blocked"
  | "consent_expired" | "verification_failed" | "introduction_failed" | "invitation_expired"
  | "connection_lost" | "gate_failed" | "log_failed" | "server_restarted" | "verified";

export interface AgentBadge { name: string; number: string; team: string; role: string; since_ms: number }
/** What the issuer signed, exactly: see verification/INTRODUCTION.md. */
export interface SignedBadge { document: string; signature: string }
export interface ExchangeFacts {
  run: number;
  open: boolean;
  transcript: string;
  customer_matched: boolean;
  agent_matched: boolean;
}
/** Of one page to the keys of one connection: see verification/INTRODUCTION.md. */
export interface KeyShare { key: string; signature: string }
export type IntroductionFault =
  | "impostor" | "words_differ" | "badge_invalid" | "commitment_broken" | "signature_invalid"
  | "transcript_differs" | "late" | "out_of_order" | "runs_used_up";
export interface VerificationFacts { method: string; level: string; at_ms: number; until_ms: number }
export interface AskedFacts { level: string; action: string; at_ms: number }
export type Method = "totp" | "recovery_code" | "passkey";
export interface ConsentFacts { scopes: string[]; granted_at_ms: number; until_ms: number }
/** The latest instruction of the agent, while the agreement to it holds. */
export interface GuideFacts { n: number; at_ms: number; text: string }
export interface EndFacts { cause: EndCause; at_ms: number | null }

/** The TURN server, for this page alone: one of its `iceServers`. */
export interface RelayFacts {
  urls: string[];
  username: string;
  credential: string;
  until_ms: number;
}

interface SessionView {
  session: string;
  state: SessionState;
  server_now_ms: number;
  organisation: string;
  agent: AgentBadge;
  case_reference: string;
  purpose: "share" | "verify";
  introduction: "none" | "badge" | "words";
  introduction_asked: "none" | "badge" | "words";
  badge: SignedBadge | null;
  exchange: ExchangeFacts;
  verification: VerificationFacts | null;
  confirmation: VerificationFacts | null;
  asked: AskedFacts | null;
  talk_only: boolean;
  consent: ConsentFacts | null;
  surface_shown: CapturedSurface | null;
  agent_present: boolean;
  customer_present: boolean;
  media_may_flow: boolean;
  guide: GuideFacts | null;
  relay: RelayFacts | null;
  interrupted_at_ms: number | null;
  end: EndFacts | null;
}

/** Of a customer who asked first, while they wait; `code` once an agent accepted. */
export interface WaitingFacts {
  place: number | null;
  expected_ms: number | null;
  until_ms: number;
  code: string | null;
  handed_by: string;
  handed_to: string;
}

/** What that agent is told: never the code. */
export interface AskedForFacts {
  topic: string;
  language: string;
  handed_by: string;
  since_ms: number;
  until_ms: number;
  tries_left: number;
}

export interface CustomerView extends SessionView {
  party: "customer";
  code_attempts_left: number | null;
  methods: Method[];
  fields_from_ms: number;
  proposal: Proposal | null;
  waiting: WaitingFacts | null;
  asked_first: boolean;
}

export interface AgentView extends SessionView {
  party: "agent";
  case: string;
  invitation_expires_at_ms: number | null;
  customer_label: string | null;
  waiting: AskedForFacts | null;
}

export interface LiveSession {
  session: string;
  state: SessionState;
  agent: { name: string; number: string; team: string };
  agent_id: string;
  case_reference: string;
  opened_at_ms: number;
  level: string | null;
  consent_until_ms: number | null;
  media_may_flow: boolean;
}

export interface FlagView {
  id: string;
  at_ms: number;
  detector: string;
  target: string;
  session: string | null;
  agent: { name: string; number: string; team: string } | null;
  case_reference: string | null;
  sentence_key: string;
  facts: Record<string, string | number | boolean>;
  action: string;
  state: "open" | Verdict;
  verdict: { verdict: Verdict; officer: string; reason: string; at_ms: number } | null;
  proof: { state: "demanded" | "proved" | "waived"; at_ms: number; means: string; officer: string; reason: string } | null;
}

export type Verdict = "confirmed" | "dismissed";

export interface OfficerView {
  party: "officer";
  server_now_ms: number;
  sessions: LiveSession[];
  flags: FlagView[];
  log: { healthy: boolean; size: number };
}

/** What the server proposes in `consenting`; the page adds the choice and its own clock. See session/CONSENT.md. */
export interface Proposal {
  v: 1;
  session: string;
  agent: { name: string; number: string };
  organisation: string;
  device: string;
  nonce: string;
  transcript: string;
  surfaces: Surface[];
  extras: string[];
  durations_ms: number[];
  wordings: Wording[];
}

/** The exact text above the customer's button, in one language. */
export interface Wording { version: number; language: string; sha256: string; text: string }

export interface ChatLine { n: number; from: "customer" | "agent"; at_ms: number; text: string }

export type AnyView = CustomerView | AgentView | OfficerView;

export type ServerMessage =
  | { type: "welcome"; view: AnyView }
  | { type: "state"; seq: number; view: AnyView }
  | { type: "media.answer"; sdp: string }
  | { type: "media.offer"; sdp: string; key_share: KeyShare | null; device_key: string }
  | { type: "media.keys"; key_share: KeyShare | null; customer_key: string | null }
  | { type: "media.restart" }
  | { type: "exchange.commit"; run: number; commitment: string }
  | {
      type: "exchange.answer";
      run: number;
      nonce: string;
      key: string;
      fingerprint: string;
      language: string;
      device_key: string;
    }
  | { type: "exchange.reveal"; run: number; nonce: string; key: string; fingerprint: string; signature: string }
  | { type: "exchange.confirm"; run: number; signature: string }
  | { type: "chat.messages"; messages: ChatLine[]; last: number }
  | ({ type: "chat.message" } & ChatLine)
  | { type: "chat.accepted"; id: string; n: number; at_ms: number }
  | { type: "chat.warning"; party: "customer" | "agent"; kind: string; at_ms: number }
  | { type: "pointer.move"; x: number; y: number }
  | { type: "pointer.draw"; points: [number, number][] }
  | { type: "pointer.hide" }
  | { type: "guide.accepted"; id: string; n: number; at_ms: number }
  | { type: "beat"; at_ms: number }
  | { type: "problem"; code: string; detail: string; of: string | null }
  | { type: "bye"; reason: "ended" | "taken_over" | "signed_out" | "draining" | "handed_over" | "must_prove" };

export type PageMessage =
  | { type: "hello"; ticket: string; page: string }
  | { type: "badge.shown" }
  | { type: "badge.accept" }
  | { type: "help.prolong" }
  | { type: "verification.ask"; level: "V1" | "V2" }
  | { type: "verification.decline" }
  | { type: "exchange.start"; run: number }
  | { type: "exchange.commit"; run: number; commitment: string }
  | { type: "exchange.answer"; run: number; nonce: string; key: string; fingerprint: string; language: string }
  | { type: "exchange.reveal"; run: number; nonce: string; key: string; fingerprint: string; signature: string }
  | { type: "exchange.confirm"; run: number; signature: string }
  | { type: "exchange.drop"; run: number }
  | { type: "words.match"; run: number }
  | { type: "introduction.refuse"; reason: IntroductionFault }
  | { type: "consent.decline" }
  | { type: "consent.extend" }
  | { type: "consent.reopen" }
  | { type: "media.offer"; sdp: string; key_share: KeyShare | null }
  | { type: "media.answer"; sdp: string; key_share: KeyShare | null }
  | { type: "share.start"; surface: CapturedSurface }
  | { type: "share.pause"; by: PauseCause }
  | { type: "share.resume" }
  | { type: "share.stop"; by: "page" | "browser" }
  | { type: "session.leave" }
  | { type: "chat.join"; after: number }
  | { type: "chat.send"; id: string; text: string }
  | { type: "chat.withheld"; kind: "code" | "recovery_code" | "phrase" }
  | { type: "pointer.move"; x: number; y: number }
  | { type: "pointer.draw"; points: [number, number][] }
  | { type: "pointer.hide" }
  | { type: "guide.send"; id: string; text: string };

/** What an enrolment link's holder is told: see the OpenAPI document. */
export interface Enrolment {
  stage: "password" | "authenticator" | "code" | "recovery" | "done";
  kind: "staff" | "customer";
  name: string | null;
  username: string | null;
  door: "agent" | "security" | null;
  expires_at_ms: number;
  passkey: boolean;
}

export interface EnrolmentSecret { key: string; uri: string; qr_svg: string }

export interface RegistrationOptions {
  challenge: string;
  party: { id: string; name: string };
  user: { handle: string; account: string };
  algorithms: number[];
  known: string[];
  timeout_ms: number;
}

export interface AssertionOptions {
  challenge: string;
  nonce: string;
  party: { id: string; name: string };
  timeout_ms: number;
}

/** `case` and `agent` are ids that the transcript has in it and the page does not show. */
export interface SessionAssertionOptions extends AssertionOptions { case: string; agent: string }

/** `login`: the sign-in's id, which the challenge has in it. */
export interface BadgeAssertionOptions extends AssertionOptions { login: string }

export interface PasskeyRegistration { client_data: string; attestation: string }

export interface PasskeyAssertion {
  credential: string;
  client_data: string;
  data: string;
  signature: string;
  user_handle: string;
}

/** `nonce` is the one that the question came with. */
export interface BadgeAssertion extends PasskeyAssertion { nonce: string }

export interface PasskeyShown {
  id: string;
  label: string;
  state: "good" | "disabled";
  backed_up: boolean;
  created_at_ms: number;
  last_used_ms: number | null;
}
/** Customers' own page. */
export interface Me {
  name: string;
  reference: string;
  way: "handoff" | "signed" | "passkey";
  level: "V0" | "V1" | "V2";
  level_until_ms: number;
  expires_at_ms: number;
  others: number;
}

export interface Arrival {
  name: string;
  reference: string;
  signed_in: { name: string; reference: string } | null;
}

export interface InTouch {
  channel: "session" | "phone" | "mail" | "chat";
  state: string;
  since_ms: number;
  until_ms: number | null;
  agent_name: string;
  agent_number: string;
  agent_team: string;
  case_reference: string;
}

export interface Talking { talking: boolean; at_ms: number; ways: InTouch[] }

export interface Access {
  index: number;
  at_ms: number;
  what: "record" | "field" | "opened" | "approved" | "overridden" | "refused" | "contact" | "session" | "evidence" | "changed" | "added";
  who: { kind: "agent" | "officer" | "operator" | "key" | "customer" | "system"; name: string; number: string; team: string };
  case_reference: string;
  field: string | null;
  proof: boolean;
}

export interface OwnReceipt { index: number; kind: "consent" | "withdrawal" | "end"; at_ms: number }
export interface Warned { at_ms: number; what: "code_replayed" | "passkey_copied" | "records_merged" | "record_overridden" }
export interface History {
  accesses: Access[];
  receipts: OwnReceipt[];
  warnings: Warned[];
  before: number | null;
}

export interface OwnDevice { id: string; since_ms: number; last_seen_ms: number; here: boolean }

export interface Factors {
  passkeys: PasskeyShown[];
  app: { state: "good" | "disabled"; last_used_ms: number | null } | null;
  devices: OwnDevice[];
  recovery_codes_left: number;
}

export interface OwnErasure { requested_at_ms: number; due_at_ms: number; approved: boolean }

export interface OwnAction {
  id: string;
  kind: string;
  summary: string;
  proposed_at_ms: number;
  due_at_ms: number | null;
}
