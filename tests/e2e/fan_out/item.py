"""Works on one item: tells what it was given, and fails when the item is bad."""

import json
import os
import sys
import time

payload = json.loads(os.environ["NAWS_PAYLOAD"])
told = {name: value for name, value in os.environ.items() if name.startswith("NAWS_")}
if isinstance(payload, dict) and payload.get("sleep"):
    time.sleep(payload["sleep"])
if isinstance(payload, dict) and payload.get("bad"):
    raise SystemExit(1)
sys.stdout.write(json.dumps({"effect": payload, **told}) + "\n")
