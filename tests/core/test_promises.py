"""The slips that would cost most, each seen to fall when the code is broken on purpose."""

import json
import socket
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from recraft_core.api.client import Client
from recraft_core.api.wire import Call, File
from recraft_core.imaging.compose import over
from recraft_core.operations import Reading, place, prepare
from recraft_core.shared import errors
from recraft_core.shared.contract import ENDPOINTS
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan, price_text
from recraft_core.shared.protocol import PROTOCOL, Message, pieces

ENHANCE = Call("prompts/enhance", {"prompt": "a boat"})


@contextmanager
def hanging_up(after_bytes):
    """A server that takes some of each request and resets the connection; the addresses it was called from."""
    seen = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, caller = server.accept()
            except OSError:
                return
            seen.append(caller)
            taken = 0
            while taken < after_bytes and (part := connection.recv(65536)):
                taken += len(part)
            # SO_LINGER 0: a reset, not a goodbye.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1", seen
    finally:
        server.close()


def test_a_paid_call_that_was_half_sent_is_not_sent_again(key):
    picture = File("image", "image/png", bytes(24_000_000))
    call = Call("eraseRegion", {}, (picture, File("mask", "image/png", b"x")))
    waits = []
    with hanging_up(after_bytes=200_000) as (address, seen), pytest.raises(errors.RecraftError):
        Client(key, address, read_s=5, sleep=waits.append).send(call)
    assert len(seen) == 1
    assert waits == []


def test_the_wait_the_service_asks_for_is_kept(engine, key):
    waits = []
    engine.faults.add("prompts/enhance", "status", times=1, status=429, body="slow down", headers={"retry-after": "17"})
    Client(key, engine.base_url, sleep=waits.append).send(ENHANCE)
    assert sum(waits) == pytest.approx(17, abs=1)


def test_prices_are_what_the_price_list_says():
    """Source: "Pricing", units for one picture or one request; 1,000 units are 1 US dollar."""
    listed = {
        "recraftv4_1": 35, "recraftv4_1_vector": 80, "recraftv4_1_pro": 210, "recraftv4_1_pro_vector": 300,
        "recraftv4": 40, "recraftv4_vector": 80, "recraftv4_pro": 250, "recraftv4_pro_vector": 300,
        "recraftv3": 40, "recraftv3_vector": 80, "recraftv2": 22, "recraftv2_vector": 44,
    }  # fmt: skip
    assert {model: ENDPOINTS["generations"].units(model) for model in listed} == listed
    flat = {"vectorize": 10, "removeBackground": 10, "crispUpscale": 4, "creativeUpscale": 250, "eraseRegion": 2,
            "variateImage": 40, "prompts/enhance": 10, "styles": 5}  # fmt: skip
    assert {name: ENDPOINTS[name].units_for({}) for name in flat} == flat
    assert price_text(40) == "40 units · $0.04"


def test_padding_is_never_sent_as_selected_and_never_comes_back():
    """A strip of 3000 × 40 px cannot be scaled up to the minimum of 256: it is mirrored before it is sent."""
    made = plan(Ask("erase", canvas=Size(3000, 40), selection=Box(0, 0, 3000, 40)))
    assert made.padded.height > made.sent.height
    pixels = np.full((40, 3000, 4), 200, np.uint8)
    call = prepare(made, Reading(pixels, np.full((40, 3000), 255, np.uint8)))
    mask = decoded(call.files[1].data)
    assert mask.shape == (made.padded.height, made.padded.width)
    assert (mask[: made.sent.height] == 255).all()
    assert not mask[made.sent.height :].any()
    answer = np.zeros((made.padded.height, made.padded.width, 4), np.uint8)
    answer[..., 3] = 255
    answer[: made.sent.height, :, 0] = 90  # what belongs to the canvas
    answer[made.sent.height :, :, 1] = 255  # what belongs to the padding
    layer = placed(made, pixels, answer)
    assert layer.box == Box(0, 0, 3000, 40)
    assert (layer.pixels[..., 0] == 90).all()
    assert not layer.pixels[..., 1].any()


def test_an_expansion_covers_nothing_of_the_old_canvas():
    made = plan(Ask("outpaint", {"expand_bottom": 64}, canvas=Size(300, 300)))
    old = np.full((made.read.height, made.read.width, 4), 255, np.uint8)
    answer = np.zeros((made.place.height, made.place.width, 4), np.uint8)
    answer[..., 3] = 255
    layer = placed(made, old, answer)
    last_row = 299 - layer.box.y
    assert not layer.pixels[: last_row + 1, :, 3].any()
    assert (layer.pixels[last_row + 1 :, :, 3] == 255).all()


def test_a_layer_lies_where_its_box_says_along_both_axes():
    """Also when it begins outside the canvas, farther out on one axis than on the other."""
    layer = np.random.default_rng(4).integers(0, 256, (9, 12, 4), np.uint8)
    layer[..., 3] = 255
    out = over(np.zeros((20, 30, 4), np.uint8), layer, Box(-5, -2, 12, 9))
    assert np.array_equal(out[:7, :7], layer[2:, 5:])
    assert not out[7:].any()
    assert not out[:, 7:].any()


def test_a_worker_takes_no_orders_from_whoever_cannot_prove_to_be_its_host():
    with ExitStack() as closing, socket.create_server(("127.0.0.1", 0)) as server:
        worker = subprocess.Popen([sys.executable, "-m", "recraft_core", "worker"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        greeting = {"recraft": PROTOCOL, "port": server.getsockname()[1], "token": "t" * 64, "proof": "p" * 64}
        worker.stdin.write(json.dumps(greeting).encode() + b"\n")
        worker.stdin.flush()
        connection, _ = server.accept()
        closing.enter_context(connection)
        connection.settimeout(20)
        assert b'"hello"' in connection.recv(65536)
        for message in (Message("welcome", 0, {"proof": "x" * 64, "host": "Thief"}), Message("account", 1, {})):
            for piece in pieces(message):
                connection.sendall(piece)
        try:
            rest = connection.recv(65536)
        except ConnectionError:
            rest = b""
        assert rest == b""
        assert worker.wait(20) != 0
        worker.stdin.close()
        worker.stderr.close()


def test_a_no_and_a_zero_are_values():
    """What is 0 or False is chosen; only None is not."""
    values = plan(Ask("outpaint", {"expand_left": 0, "expand_right": 9, "random_seed": 0}, canvas=Size(300, 300))).values
    assert values["random_seed"] == 0
    ours = plan(Ask("erase", {"context_px": 0}, canvas=Size(900, 900), selection=Box(300, 300, 300, 300))).ours
    assert ours["context_px"] == 0


def decoded(data):
    return np.asarray(Image.open(BytesIO(data)))


def placed(made, pixels, answer):
    """The layer of an answer that is this picture."""
    png = BytesIO()
    Image.fromarray(answer).save(png, "PNG")
    return place(made, png.getvalue(), Reading(pixels, np.full(pixels.shape[:2], 255, np.uint8)))
