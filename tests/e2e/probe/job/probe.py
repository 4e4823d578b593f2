"""Does what its payload says, and logs what it saw as one line of JSON."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path


def writable(directory: str) -> bool:
    try:
        (Path(directory) / "probe").write_text("x")
    except OSError:
        return False
    return True


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
        with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/{bucket}/{key}") as answer:
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
