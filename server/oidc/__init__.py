"""Agents sign in at the organisation's own provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

Terms: the *provider* is whom the settings name by its issuer; a *transaction* is one sign-in under way, known by a
cookie of its own; an *identity* is a pair of issuer and subject that an officer or operator has linked to one member
of staff. Nobody is found by a mail address or a name: those can be changed at the provider.

1. A sign-in starts by GET, so that no `form-action` policy stands in the way; the transaction's cookie is
   `SameSite=Lax`, since the way back comes from the provider's page.
2. A transaction is taken once, by the first answer that carries its cookie, right or wrong.
3. The answer's `state` is the transaction's; its `iss` (RFC 9207) is the provider, and is there if the provider says
   that it sends it.
4. The ID token is signed with a listed algorithm by a key of the provider's; issuer, audience, nonce and times are
   judged; then its subject is looked up among the identities.
5. What the settings count as a second factor (`amr`, `acr`) is enough; else a code of ours follows.

Flows in: settings, the provider's documents, the browser's way back. Flows out: whom it is, or a reason for the log.
It may not: make sign-ins itself (`http/oidc` does, as for every door), follow redirects, read what is too large.
"""
