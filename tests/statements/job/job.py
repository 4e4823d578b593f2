"""Does what its payload says, with the task's own keys, and logs what it saw as one line of JSON.

A payload is an order such as `{"do": "exit", "code": 3, "mark": …}`, the description of an object whose key holds one
(`objects/<do>~<mark>~…`), an object with a row's columns, or an array of those.
"""

import json
import os
import sys
import time
from typing import Any


def client_of(service: str) -> Any:
    from botocore.session import get_session  # noqa: PLC0415  # half a second that most orders need not spend

    return get_session().create_client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def payload() -> Any:
    uri = os.environ.get("NAWS_PAYLOAD_URI")
    if uri is None:
        return json.loads(os.environ.get("NAWS_PAYLOAD", "null"))
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return json.loads(client_of("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def order_in(given: Any) -> dict[str, Any]:
    """The order of a payload."""
    if isinstance(given, list):
        return order_in(given[0]) if given else {}
    if not isinstance(given, dict):
        return {}
    if "Key" in given:
        do, mark, *_ = [*given["Key"].rpartition("/")[2].split("~"), ""]
        return {"do": do, "mark": mark}
    return given


def tried(call: Any, **arguments: Any) -> str:
    """What a call said: `ok`, or the error as AWS words it."""
    from botocore.exceptions import ClientError  # noqa: PLC0415  # as above

    try:
        call(**arguments)
    except ClientError as error:
        return str(error)
    return "ok"


def bound() -> dict[str, str]:
    """What the bindings let the program do, and what they do not."""
    client, bucket, prefix = client_of("s3"), os.environ["DATA_BUCKET"], os.environ["DATA_PREFIX"]
    key = f"{prefix}out/{os.environ['NAWS_EXECUTION']}"
    return {
        "write": tried(client.put_object, Bucket=bucket, Key=key, Body=b"x"),
        "read": tried(client.get_object, Bucket=bucket, Key=key),
        "list": tried(client.list_objects_v2, Bucket=bucket, Prefix=prefix),
        "delete": tried(client.delete_object, Bucket=bucket, Key=key),
        "read neighbour": tried(client.get_object, Bucket=bucket, Key="neighbour/secret"),
        "list neighbour": tried(client.list_objects_v2, Bucket=bucket, Prefix="neighbour/"),
        **narrower(client, bucket),
    }


def narrower(client: Any, bucket: str) -> dict[str, str]:
    """The same of bindings that read and append alone."""
    rate = {"Bucket": bucket, "Key": f"{os.environ['RATES_PREFIX']}today"}
    entry = {"Bucket": bucket, "Key": f"{os.environ['AUDIT_PREFIX']}{os.environ['NAWS_EXECUTION']}"}
    again = {"SecretId": os.environ["WAREHOUSE_PASSWORD_SECRET_ARN"]}
    return {
        "secret, read again": tried(client_of("secretsmanager").get_secret_value, **again),
        "read of what is read": tried(client.get_object, **rate),
        "refused write of what is read": tried(client.put_object, **rate, Body=b"x"),
        "refused delete of what is read": tried(client.delete_object, **rate),
        "append": tried(client.put_object, **entry, Body=b"x"),
        "refused read of what is appended": tried(client.get_object, **entry),
        "refused delete of what is appended": tried(client.delete_object, **entry),
        "refused list of what is appended": tried(client.list_objects_v2, Bucket=bucket, Prefix="audit/"),
    }


def main() -> int:
    order = order_in(payload())
    seen = {name: value for name, value in os.environ.items() if name.startswith("NAWS_") and name != "NAWS_PAYLOAD"}
    seen |= {"mark": order.get("mark"), "secret": os.environ.get("WAREHOUSE_PASSWORD")}
    if order.get("do") == "use":
        seen["bound"] = bound()
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    if order.get("do") == "hang":
        time.sleep(600)
    if order.get("do") == "allocate":
        block = bytearray(int(order["mib"]) << 20)
        for page in range(0, len(block), 4096):
            block[page] = 1
        time.sleep(2)
    return 3 if order.get("do") == "exit" else 0


if __name__ == "__main__":
    sys.exit(main())
