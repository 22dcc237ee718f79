"""The contract for the host that is a file: Studio on arrays, against the embedded engine."""
import unittest

import contract
import numpy as np
import pytest
from recraft_core import RecraftError, Studio


class FilePort(contract.Port):
    """A canvas is a dict with its pixels and its selection; a result's picture becomes the canvas."""

    can = frozenset({"selection"})

    def __init__(self, studio):
        self._studio = studio

    def canvas(self, pixels, width, height, kind="RGBA 8"):
        return {"pixels": np.frombuffer(pixels, np.uint8).reshape(height, width, 4), "mask": None, "box": None}

    def select(self, canvas, coverage, box):
        height, width = canvas["pixels"].shape[:2]
        whole = np.zeros((height + 200, width + 200), np.uint8)
        left, top, across, down = box
        whole[top + 100 : top + 100 + down, left + 100 : left + 100 + across] = np.frombuffer(
            coverage, np.uint8
        ).reshape(down, across)
        canvas["mask"], canvas["box"] = np.ascontiguousarray(whole[100:-100, 100:-100]), box

    def run(self, canvas, operation, **options):
        from recraft_core.shared.operations import OPERATIONS

        row = OPERATIONS[operation]
        if row.picture:
            options["picture"] = canvas["pixels"]
            options["mask"] = canvas["mask"]
        if operation == "create_style":
            options["pictures"] = [canvas["pixels"]]
        try:
            result = self._studio.run(operation, **options)
        except RecraftError as trouble:
            return contract.Ended(str(trouble))
        new = None
        if row.shape == "enlarge":
            new = result.pixels.shape[1::-1]
        elif result.layers:
            canvas["pixels"] = result.pixels
        return contract.Ended("", new, dict(result.body), result.image_ids)

    def pixels(self, canvas):
        return canvas["pixels"].tobytes()

    def size(self, canvas):
        return canvas["pixels"].shape[1::-1]

    def selection(self, canvas):
        return canvas["box"]


@pytest.fixture(scope="class")
def _port(request, _engine, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        request.cls.port = FilePort(Studio(key="key-for-tests-0123456789", base_url=_engine.base_url))
        yield


@pytest.mark.usefixtures("_port")
class TestFileHost(contract.HostContract, unittest.TestCase):
    """The file host keeps the contract."""
