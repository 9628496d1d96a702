"""Sends the recorded requests with the library that is named: requests, httpx or aiohttp."""
import asyncio
import base64
import json
import sys
import urllib.request

library, base = sys.argv[1:]
what = json.load(urllib.request.urlopen(f"{base}/what"))
picture = base64.b64decode(what["picture"])
url = f"{base}/v1/run"
body = {
    "model_name": "tryon-v1.6",
    "inputs": {
        "model_image": f"data:image/jpeg;base64,{what['picture']}",
        "garment_image": what["address"],
        "seed": 7,
    },
}
fields = {"model_name": "tryon-v1.6", "garment_image": what["address"], "inputs": '{"seed":7}'}


def headers(case):
    return {"authorization": f"Bearer {what['token']}", "x-case": case}


def sync(client):
    client.post(url, json=body, headers=headers("json"))
    file = ("photo.jpg", picture, "image/jpeg")
    client.post(url, data=fields, files={"model_image": file}, headers=headers("form"))
    file = ('mein "Foto"; é.png', picture)
    client.post(url, data=fields, files={"model_image": file}, headers=headers("odd-name"))


async def with_aiohttp():
    import aiohttp

    async with aiohttp.ClientSession() as session:
        await session.post(url, json=body, headers=headers("json"))
        for case, name in (("form", "photo.jpg"), ("odd-name", 'mein "Foto"; é.png')):
            form = aiohttp.FormData(fields)
            form.add_field("model_image", picture, filename=name, content_type="image/jpeg")
            await session.post(url, data=form, headers=headers(case))


if library == "aiohttp":
    asyncio.run(with_aiohttp())
else:
    sync(__import__(library))
