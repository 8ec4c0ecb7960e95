"""Who is it? Both ways: the customer's code inside a session, and the staff's sign-in.

Rule zero: **a code is never spoken, never typed by an agent, never seen by an agent.** The customer types it on their
own page, in a session that they joined. Nothing here takes a customer's code from anybody else.

Terms. An *owner* is whose factor it is: a customer's or a staff member's id. An *authenticator* holds a sealed TOTP
secret and the last *step* (30-second counter, RFC 6238) that was used with it. An *account* is what failures are
counted under. A *login* is one sign-in of one staff member through one *door*; its *token* is shown to the browser
once, and only its hash is kept.

`assurance` is the policy that everybody asks who protects something: which level unlocks what, for how long, and
between whom.

The data's way through:

    server (customer's page) --code--> customer_code --AuthenticatorStore, AttemptStore--> CodeVerified | CodeRefused
    server (staff's page) --username, password, code--> sign_in --CredentialStore, login--> SignedIn | SignInRefused
    server (either page) --answer of an authenticator--> passkeys --PasskeyStore, ChallengeStore--> Asserted
    server (every request) --token--> login.LoginRegistry --LoginStore--> Login | None

`totp`, `sealing` and `throttle` are pure: the time comes in as `now_ms` (integer UTC milliseconds), keys and state as
arguments. Secrets leave `sealing` only into `totp`. This package knows no session, case or HTTP, and imports none of
their packages: `server` translates a result into a session's event and into an audit entry. It never tells why a code
was refused beyond what the caller may show, and known and unknown owners cost the same work.
"""
