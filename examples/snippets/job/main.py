"""The smallest job: read what is asked, do it, end with a code that says how it went."""

import json
import os
import sys

if "NAWS_PAYLOAD_URI" in os.environ:
    sys.exit(f"the payload is in {os.environ['NAWS_PAYLOAD_URI']}: this job does not read S3")

payload = json.loads(os.environ.get("NAWS_PAYLOAD", "{}"))
print(f"run {os.environ.get('NAWS_RUN_ID', 'by hand')}, attempt {os.environ.get('NAWS_ATTEMPT', '1')}: {payload}")
