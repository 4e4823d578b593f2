"""Does what its payload says, and logs what it saw as one line of JSON."""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path


def writable(directory: str) -> bool:
    try:
        (Path(directory) / "probe").write_text("x")
    except OSError:
        return False
    return True


def signed(service: str, method: str, path: str, body: bytes = b"", **more: str) -> urllib.request.Request:
    """A request, signed as the task's role (Signature Version 4); the image has no SDK."""
    endpoint, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    now, digest = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), hashlib.sha256(body).hexdigest()
    headers = {
        "host": endpoint.split("//")[1],
        "x-amz-content-sha256": digest,
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
    }
    names, scope = ";".join(headers), f"{now[:8]}/{region}/{service}/aws4_request"
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (*scope.split("/"), text):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    credential = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    headers["authorization"] = f"{credential}, SignedHeaders={names}, Signature={secret.hex()}"
    return urllib.request.Request(f"{endpoint}{path}", method=method, data=body or None, headers={**headers, **more})


TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "events": "AWSEvents",
    "sqs": "AmazonSQS",
    "states": "AWSStepFunctions",
}


def call(service: str, operation: str, given: dict[str, str]) -> str:
    """The answer to a call, or to one that is refused the refusal; `$NAME` is a variable's value."""
    arguments = json.loads(os.path.expandvars(json.dumps(given)))
    if service == "lambda":
        path = f"/2015-03-31/functions/{arguments.pop('FunctionName')}/invocations"
        request = signed(service, "POST", path, json.dumps(arguments).encode())
    elif service == "sns":
        form = {"Action": operation, "Version": "2010-03-31", **arguments}
        kind = {"content-type": "application/x-www-form-urlencoded"}
        request = signed(service, "POST", "/", urllib.parse.urlencode(form).encode(), **kind)
    else:
        kind = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"{TARGETS[service]}.{operation}"}
        request = signed(service, "POST", "/", json.dumps(arguments).encode(), **kind)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refused:
        return f"{refused.code} {refused.read().decode()}"


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
        with urllib.request.urlopen(signed("s3", "GET", f"/{bucket}/{urllib.parse.quote(key)}")) as answer:
            payload = json.loads(answer.read())
        seen["from_s3"] = payload
    wanted = payload if isinstance(payload, dict) else {}
    if wanted.get("do") == "call":
        seen["answers"] = {name: call(*arguments) for name, arguments in wanted["calls"].items()}
        seen["parameters"] = [os.environ.get("LOG_LEVEL"), os.environ.get("TOKEN")]
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
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
