"""An OAuth 2 provider on loopback: consent page, token endpoint with PKCE, introspection for Dovecot (RFC 7662)."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "casefeed-client", "casefeed-secret"


@dataclass
class TokenEndpoint:
    """`revoked` refuses every refresh, `broken` answers 503; `heard` keeps what the token endpoint was asked."""

    user: str
    port: int = 0
    life: int = 3600
    revoked: bool = False
    broken: bool = False
    heard: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    refresh_token: str = ""
    _codes: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(count(1)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def consent(self, url: str) -> str:
        """What the provider's page answers when the person agrees: where the browser is sent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code", asked
        assert asked["code_challenge_method"] == "S256", asked
        code = f"code-{next(self._numbers)}"
        self._codes[code] = asked["code_challenge"]
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.heard.append(form)
        if self.broken:
            return 503, {}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client", "error_description": "The client is unknown."}
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if self._codes.pop(form["code"], None) != challenge:
                return 400, {"error": "invalid_grant", "error_description": "The code is not yours."}
        elif self.revoked or form["refresh_token"] != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        token = f"access-{next(self._numbers)}"
        self.good.add(token)
        # Each refresh token is good once, as with providers that rotate them.
        self.refresh_token = f"refresh-{next(self._numbers)}"
        return 200, {"access_token": token, "refresh_token": self.refresh_token, "expires_in": self.life}


@contextmanager
def token_endpoint(user: str) -> Iterator[TokenEndpoint]:
    """Serve on a free port until the end."""
    provider = TokenEndpoint(user)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*provider.answer({name: values[0] for name, values in parse_qs(body).items()}))

        def do_GET(self) -> None:
            token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
            self._say(200, {"active": token in provider.good, "email": provider.user})

        def _say(self, status: int, values: dict[str, object]) -> None:
            content = json.dumps(values).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
