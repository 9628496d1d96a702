"""A try-on with FASHN's SDK: python try_on.py PHOTO GARMENT

The SDK reads FASHN_BASE_URL and FASHN_API_KEY from the environment.
"""

import base64
import pathlib
import sys

from fashn import Fashn


def picture(path: str) -> str:
    data = base64.b64encode(pathlib.Path(path).read_bytes()).decode()
    return f"data:image/jpeg;base64,{data}"


photo, garment = sys.argv[1:]
done = Fashn().predictions.subscribe(
    model_name="tryon-v1.6",
    inputs={"model_image": picture(photo), "garment_image": picture(garment)},
)
if done.status != "completed":
    sys.exit(done.error.message if done.error else done.status)
print(done.output[0])
