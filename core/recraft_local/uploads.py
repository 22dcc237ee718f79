"""The pictures of a request: which field holds which, as files or as addresses, and all their checks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from recraft_core.shared.contract import Endpoint, limits

from . import addresses, pictures_in, values
from .forms import ADDRESSES, Upload
from .pictures_in import Picture
from .rules import Refusal

# The documented name of the one file of vectorize and its like is `file`; the OpenAPI document says `image`.
_TWINS = {"file": ("file", "image"), "image": ("image",), "mask": ("mask",)}
# Fields that hold several pictures, and their names in JSON.
SEVERAL = {"files": "image_urls", "references": "style_reference_urls"}


def address_fields(row: Endpoint) -> tuple[str, ...]:
    """Fields of a JSON body that carry this endpoint's pictures."""
    kinds = {parameter.kind for parameter in row.fields}
    pairs = (("file", "image_url"), ("mask", "mask_url"), *SEVERAL.items())
    return tuple(name for kind, name in pairs if kind in kinds)


class Files:
    """The pictures of one request, fetched and named; `digest` tells two sets of bytes apart."""

    def __init__(
        self, row: Endpoint, fields: Mapping[str, Any], uploads: tuple[Upload, ...], *, loopback: bool = True
    ) -> None:
        self._row, self._given = row, fields
        self._files = [*uploads, *_fetched(row, fields, loopback)]
        digest = hashlib.sha256()
        for upload in self._files:
            digest.update(hashlib.sha256(upload.field.encode() + b"\0" + upload.data).digest())
        self.digest = digest.digest()

    def picture_and_mask(self) -> tuple[Picture | None, NDArray[np.bool_] | None]:
        """The picture and, where the endpoint takes one, its mask. Raises `Refusal`."""
        row = self._row
        wanted = [parameter for parameter in row.parameters if parameter.kind in ("file", "mask")]
        known = {twin for parameter in wanted for twin in _TWINS[parameter.name]}
        known |= {parameter.name for parameter in row.fields if parameter.kind == "references"}
        if row.parameter("files") is None:
            for upload in self._files:
                if upload.field not in known:
                    raise Refusal("unknown_field", name=upload.field, endpoint=row.id)
        picture = mask = None
        for parameter in wanted:
            upload = self._one(parameter.name)
            if parameter.kind == "file":
                picture = pictures_in.read(upload.field, upload.data, svg=row.takes_svg, min_side=row.min_side)
            elif picture is not None:
                mask = pictures_in.read_mask(upload.field, upload.data, picture)
        return picture, mask

    def _one(self, name: str) -> Upload:
        matches = [upload for upload in self._files if upload.field in _TWINS[name]]
        if not matches:
            raise Refusal("required", name=name)
        if len(matches) > 1:
            raise Refusal("twice", name=name)
        return matches[0]

    def references(self, checked: Mapping[str, Any]) -> tuple[Picture, ...]:
        """The pictures of a new style. Page "Endpoints", Create style: 5 files, 5 MB together. Raises `Refusal`.

        The same limits are taken to hold for pictures that a generation follows.
        """
        if not any(parameter.kind in SEVERAL for parameter in self._row.fields):
            return ()
        files = self._files
        if not files and self._row.id == "styles" and not checked.get("source_styles"):
            raise Refusal("one_of", names=("files", "source_styles"))
        if not files and "style_reference_urls" in self._given:
            raise Refusal("required", name="style_reference_urls")
        if len(files) > limits.MAX_STYLE_FILES:
            raise Refusal("file_count", limit=limits.MAX_STYLE_FILES, value=len(files))
        total = sum(len(upload.data) for upload in files)
        if total > limits.MAX_STYLE_BYTES:
            raise Refusal("files_bytes", limit=limits.MAX_STYLE_BYTES, value=total)
        _counted("image_weights", checked, "files", len(files))
        _counted("source_style_weights", checked, "source_styles", len(checked.get("source_styles") or ()))
        return tuple(
            pictures_in.read(upload.field, upload.data, svg=False, min_side=self._row.min_side) for upload in files
        )


def _counted(name: str, checked: Mapping[str, Any], other: str, count: int) -> None:
    numbers = checked.get(name)
    if numbers is not None and len(numbers) != count:
        raise Refusal("weights_count", name=name, other=other, count=count, value=len(numbers))


def _fetched(row: Endpoint, fields: Mapping[str, Any], loopback: bool) -> list[Upload]:
    uploads: list[Upload] = []
    for name in address_fields(row):
        if name not in fields:
            continue
        field = "file" if row.parameter("file") and name == "image_url" else ADDRESSES[name]
        several = values.many(name, fields[name]) if name in SEVERAL.values() else [fields[name]]
        texts = [values.text(name, address) for address in several]
        uploads += [Upload(field, addresses.fetch(name, text, loopback=loopback)) for text in texts]
    return uploads
