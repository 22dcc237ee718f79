"""Calls of an engine, as the tests of the server make them."""

from __future__ import annotations

import io

import numpy as np
import requests
from PIL import Image
from samples import sample

QUICK = {"image": "photo", "mask": "mask"}


def call(engine, path, *, method="POST", key="key", **request):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers |= request.pop("headers", {})
    return requests.request(
        method, f"{engine.base_url}/{path}", headers=headers, timeout=60, allow_redirects=False, **request
    )


def erase(engine, files=None, **fields):
    named = {field: sample(which) for field, which in (files or QUICK).items()}
    return call(engine, "images/eraseRegion", files=named, data=fields)


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))
