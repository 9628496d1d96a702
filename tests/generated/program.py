"""A run by the client that openapi-python-client makes of the contract: minimal inputs, status,
output. The test puts it beside the generated package."""

import sys

from gateway.api.runs import output, run, status
from gateway.client import AuthenticatedClient
from gateway.models import (
    Accepted,
    Prediction,
    RunTryonV16,
    RunTryonV16ModelName,
    TryonV16,
)

base_url, token = sys.argv[1:]
client = AuthenticatedClient(base_url=base_url.rstrip("/"), token=token)


def picture(name: str) -> str:
    return f"{base_url.rstrip('/')}/pictures/{name}.jpg"


inputs = TryonV16(
    model_image=picture("shopper-man"), garment_image=picture("tshirt-sage")
)
body = RunTryonV16(inputs=inputs, model_name=RunTryonV16ModelName.TRYON_V1_6)
accepted = run.sync(client=client, body=body)
assert isinstance(accepted, Accepted), accepted
while True:
    prediction = status.sync(accepted.id, client=client, wait=25)
    assert isinstance(prediction, Prediction), prediction
    assert prediction.status != "failed", prediction.error
    if prediction.status == "completed":
        break
picture_bytes = output.sync_detailed(accepted.id, 0, client=client).content
print(picture_bytes[:4].hex(), len(picture_bytes))
