/** Shapes on the wire: server/signalling/PROTOCOL.md, session/CONSENT.md and the OpenAPI document. Types only, no code. */

export type SessionState =
  | "invited" | "waiting" | "joined" | "introducing" | "verifying" | "consenting"
  | "ready" | "sharing" | "paused" | "interrupted" | "ended";

export type Surface = "tab" | "window" | "screen";
export type CapturedSurface = Surface | "unknown";

export type EndCause =
  | "customer_stopped" | "browser_stopped" | "agent_left" | "agent_signed_out" | "officer_ended" | "blocked"
  | "consent_expired" | "verification_failed" | "introduction_failed" | "invitation_expired"
  | "connection_lost" | "gate_failed" | "log_failed" | "server_restarted";

export interface AgentBadge { name: string; number: string; team: string; role: string; since_ms: number }
export interface VerificationFacts { method: string; level: string; at_ms: number; until_ms: number }
export interface ConsentFacts { scopes: string[]; granted_at_ms: number; until_ms: number }
export interface EndFacts { cause: EndCause; at_ms: number | null }

interface SessionView {
  session: string;
  state: SessionState;
  server_now_ms: number;
  organisation: string;
  agent: AgentBadge;
  case_reference: string;
  introduction: string;
  verification: VerificationFacts | null;
  consent: ConsentFacts | null;
  surface_shown: CapturedSurface | null;
  agent_present: boolean;
  customer_present: boolean;
  media_may_flow: boolean;
  interrupted_at_ms: number | null;
  end: EndFacts | null;
}

export interface CustomerView extends SessionView {
  party: "customer";
  code_attempts_left: number | null;
  proposal: Proposal | null;
}

export interface AgentView extends SessionView {
  party: "agent";
  case: string;
  invitation_expires_at_ms: number | null;
  customer_label: string | null;
}

export interface LiveSession {
  session: string;
  state: SessionState;
  agent: { name: string; number: string; team: string };
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
  state: string;
}

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

export type AnyView = CustomerView | AgentView | OfficerView;

export type ServerMessage =
  | { type: "welcome"; view: AnyView }
  | { type: "state"; seq: number; view: AnyView }
  | { type: "media.answer"; sdp: string }
  | { type: "media.offer"; sdp: string }
  | { type: "media.restart" }
  | { type: "beat"; at_ms: number }
  | { type: "problem"; code: string; detail: string; of: string | null }
  | { type: "bye"; reason: "ended" | "taken_over" | "signed_out" | "draining" };

export type PageMessage =
  | { type: "hello"; ticket: string; page: string }
  | { type: "badge.shown" }
  | { type: "badge.accept" }
  | { type: "consent.decline" }
  | { type: "media.offer"; sdp: string }
  | { type: "media.answer"; sdp: string }
  | { type: "share.start"; surface: CapturedSurface }
  | { type: "share.pause" }
  | { type: "share.resume" }
  | { type: "share.stop"; by: "page" | "browser" }
  | { type: "session.leave" };

/** What an enrolment link's holder is told: see the OpenAPI document. */
export interface Enrolment {
  stage: "password" | "authenticator" | "code" | "done";
  kind: "staff" | "customer";
  name: string | null;
  username: string | null;
  door: "agent" | "security" | null;
  expires_at_ms: number;
}

export interface EnrolmentSecret { key: string; uri: string; qr_svg: string }
