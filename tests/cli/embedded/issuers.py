"""An issuer of JSON Web Tokens on this machine, with its discovery document and its keys."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Issuer:
    """An issuer of tokens on this machine."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        numbers = self.key.public_key().public_numbers()
        parts = {name: encoded(value.to_bytes(256, "big").lstrip(b"\0")) for name, value in vars_of(numbers).items()}
        documents: dict[str, Any] = {"/keys": {"keys": [{"kid": "one", "kty": "RSA", "alg": "RS256", **parts}]}}
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(this) -> None:  # noqa: N805  # the server's names
                self.asked.append(this.path)
                body = json.dumps(documents[this.path]).encode()
                this.send_response(200)
                this.send_header("content-length", str(len(body)))
                this.end_headers()
                this.wfile.write(body)

            def log_message(this, *_: Any) -> None:  # noqa: N805  # as above
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        documents["/.well-known/openid-configuration"] = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, *, key: Any = None, header: Any = None, **claims: Any) -> str:
        now = int(time.time())
        whole = {"iss": self.url, "aud": "shop", "sub": "me", "iat": now - 5, "nbf": now - 5, "exp": now + 60, **claims}
        has = {name: value for name, value in whole.items() if value is not None}
        text = f"{encoded({'alg': 'RS256', 'kid': 'one', **(header or {})})}.{encoded(has)}"
        signature = (key or self.key).sign(text.encode(), padding.PKCS1v15(), SHA256())
        return f"{text}.{encoded(signature)}"


def vars_of(numbers: Any) -> Any:
    return {"n": numbers.n, "e": numbers.e}
