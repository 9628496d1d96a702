"""Signs generated orders by the Standard Webhooks specification, as a shop's backend does.

The key is the setting of the gateway that is asked. A request whose headers are wrong on purpose
stays as it is.
"""

import base64
import hashlib
import hmac
import os
import time

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

KEY = base64.b64decode(os.environ["ORDERS_WEBHOOK_SECRET"].removeprefix("whsec_"))


class Signed(AuthBase):
    """Puts a time and a signature beside the message's own id, over the bytes that are sent."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        sent_at = str(int(time.time()))
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        name = request.headers["webhook-id"]
        name = name.encode("latin-1") if isinstance(name, str) else name
        mac = hmac.digest(KEY, b".".join((name, sent_at.encode(), body)), hashlib.sha256)
        request.headers["webhook-timestamp"] = sent_at
        request.headers["webhook-signature"] = "v1," + base64.b64encode(mac).decode()
        return request


@schemathesis.hook("before_call").apply_to(path="/webhooks/orders", method="POST")
def sign(context, case, kwargs):
    headers = case.meta.components.get(ParameterLocation.HEADER) if case.meta else None
    if headers is None or headers.mode is GenerationMode.POSITIVE:
        kwargs["auth"] = Signed()
