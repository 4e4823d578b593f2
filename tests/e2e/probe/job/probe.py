"""Does what its payload says, and logs what it saw as one line of JSON."""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path


def writable(directory: str) -> bool:
    try:
        (Path(directory) / "probe").write_text("x")
    except OSError:
        return False
    return True


def signed(bucket: str, key: str) -> urllib.request.Request:
    """A request for an object, signed as the task's role (Signature Version 4); the image has no SDK."""
    endpoint, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    path, now = f"/{bucket}/{urllib.parse.quote(key)}", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {
        "host": endpoint.split("//")[1],
        "x-amz-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
    }
    names, scope = ";".join(headers), f"{now[:8]}/{region}/s3/aws4_request"
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"GET\n{path}\n\n{lines}\n{names}\n{headers['x-amz-content-sha256']}"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (*scope.split("/"), text):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    credential = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    headers["authorization"] = f"{credential}, SignedHeaders={names}, Signature={secret.hex()}"
    return urllib.request.Request(f"{endpoint}{path}", headers=headers)


def main() -> int:
    text = os.environ.get("NAWS_PAYLOAD")
    payload = json.loads(text) if text else None
    seen = {
        **{name: value for name, value in os.environ.items() if name.startswith("NAWS_")},
        "uid": os.getuid(),
        "root_writable": writable("/"),
        "tmp_writable": writable("/tmp"),
        "secret": os.environ.get("PASSWORD"),
    }
    uri = os.environ.get("NAWS_PAYLOAD_URI")
    if uri:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        with urllib.request.urlopen(signed(bucket, key)) as answer:
            payload = json.loads(answer.read())
        seen["from_s3"] = payload
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    wanted = payload if isinstance(payload, dict) else {}
    if wanted.get("do") == "exit":
        return int(wanted["code"])
    if wanted.get("do") == "hang" or (wanted.get("do") == "hang first" and os.environ["NAWS_ATTEMPT"] == "1"):
        time.sleep(600)
    if wanted.get("do") == "sleep":
        time.sleep(float(wanted["seconds"]))
    if wanted.get("do") == "allocate":
        mib = int(wanted["mib"])
        block = bytearray(mib << 20)
        for page in range(0, len(block), 4096):
            block[page] = 1
        time.sleep(2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
