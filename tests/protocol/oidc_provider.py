"""A provider of sign-ins as organisations have them: its documents, its keys, codes that work once, real signatures;
and a switch for every fault that a relying party has to notice."""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "tachiai+desk", "provider canary secret: 7f & more"
KEY_IDS = {"RS256": "rsa-1", "ES256": "ec-1"}

Claims = dict[str, Any]


@dataclass(slots=True)
class Faults:
    """What the next answers are like. `claims` changes an ID token's claims before it is signed; `token` the whole."""

    claims: Callable[[Claims], Claims] = dict
    token: Callable[[str], str] = str
    back: Callable[[dict[str, str]], dict[str, str]] = dict
    document: Callable[[Claims], Claims] = dict
    algorithm: str = "RS256"
    foreign_key: bool = False
    status: int = 200
    padding: int = 0


@dataclass(slots=True)
class OidcProvider:
    now_s: Callable[[], int]
    url: str = ""
    subject: str = "248289761001"
    faults: Faults = field(default_factory=Faults)
    asked: list[dict[str, str]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _keys: dict[str, RSAKey | ECKey] = field(default_factory=dict)
    _foreign: dict[str, RSAKey | ECKey] = field(default_factory=dict)

    def make_keys(self, suffix: str = "") -> None:
        """A new pair of keys, under new names if `suffix` is given, in place of the former."""
        names = {kind: name + suffix for kind, name in KEY_IDS.items()}
        self._keys, self._foreign = _pair(names), _pair(names)

    def key_id(self, algorithm: str) -> str:
        return str(self._keys[algorithm].kid)

    def sign_in(self, address: str) -> str:
        """What the person does at the provider's page, which `address` opens: the address back, with the answer."""
        return self.back_with(dict(parse_qsl(urlsplit(address).query)))

    def back_with(self, query: dict[str, str]) -> str:
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.url}
        return f"{query['redirect_uri']}?{urlencode(self.faults.back(answer))}"

    async def document(self, _: web.Request) -> web.Response:
        self.fetched.append("document")
        return self._json(
            self.faults.document(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                    "authorization_response_iss_parameter_supported": True,
                }
            )
        )

    async def authorize(self, request: web.Request) -> web.Response:
        """For a browser: the person is there and says yes."""
        return web.Response(status=302, headers={"Location": self.sign_in(str(request.url))})

    async def keys(self, _: web.Request) -> web.Response:
        self.fetched.append("keys")
        shared = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "oct-1", "alg": "HS256"}
        public = KeySet(list(self._keys.values())).as_dict(private=False)["keys"]
        return self._json({"keys": [*public, shared, {"kty": "later", "kid": "pq-1"}]})

    async def token(self, request: web.Request) -> web.Response:
        self.fetched.append("token")
        form = dict(await request.post())
        asked = self._codes.pop(str(form.get("code", "")), None)
        if not self._is_client(request) or asked is None or not _proves(form, asked):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = self.now_s()
        claims: Claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "aiko@example.com",
        }
        if "max_age" in asked:  # OpenID Connect Core 1.0, section 2: then the time is told
            claims["auth_time"] = now
        signed = self._signed(self.faults.claims(claims))
        return self._json(
            {"access_token": "unused", "token_type": "Bearer", "id_token": self.faults.token(signed)}
        )

    def _signed(self, claims: Claims) -> str:
        algorithm = self.faults.algorithm
        keys = self._foreign if self.faults.foreign_key else self._keys
        return jwt.encode({"alg": algorithm, "kid": self.key_id(algorithm)}, claims, keys[algorithm])

    def _json(self, value: Claims) -> web.Response:
        body = json.dumps(value) + " " * self.faults.padding
        return web.Response(text=body, status=self.faults.status, content_type="application/json")

    def _is_client(self, request: web.Request) -> bool:
        pair = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        login, _, password = pair.partition(":")
        return (unquote_plus(login), unquote_plus(password)) == (CLIENT, SECRET)


def _pair(names: dict[str, str]) -> dict[str, RSAKey | ECKey]:
    return {
        "RS256": RSAKey.generate_key(2048, {"kid": names["RS256"], "use": "sig"}),
        "ES256": ECKey.generate_key("P-256", {"kid": names["ES256"], "use": "sig"}),
    }


def _proves(form: dict[str, Any], asked: dict[str, str]) -> bool:
    """RFC 7636, 4.6: and the code is for this address only."""
    digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        asked["code_challenge_method"] == "S256"
        and asked["code_challenge"] == challenge
        and asked["redirect_uri"] == form.get("redirect_uri")
        and form.get("grant_type") == "authorization_code"
    )


@asynccontextmanager
async def oidc_provider(now_s: Callable[[], int]) -> AsyncIterator[OidcProvider]:
    provider = OidcProvider(now_s)
    provider.make_keys()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", provider.document)
    application.router.add_get("/authorize", provider.authorize)
    application.router.add_get("/keys", provider.keys)
    application.router.add_post("/token", provider.token)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "localhost", 0).start()
        provider.url = f"http://localhost:{runner.addresses[0][1]}"
        yield provider
    finally:
        await runner.cleanup()
