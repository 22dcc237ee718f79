"""How fast pictures go to the service and come back: ours, the naive way, and the floor, side by side in one run.

    python benchmarks/roundtrip.py            all rows, about two minutes, up to 3 GB of memory
    python benchmarks/roundtrip.py --cpu      compares processor time instead of the time on the clock
    python benchmarks/roundtrip.py --quick    without the naive way at 16 megapixels and the 16384 px canvas

Each row is the ratio of two best times, taken in turn: what else the machine does can only add to them, and where it
does a lot, --cpu is the fairer measure. "hold to" is what the project promises itself; a row beyond it makes the exit
code 1. The floor is one call of Pillow, or one copy in memory. The pictures, made by sample_pictures.py: `photo`
compresses like a photograph, `paint` is flat shapes, ink and soft brush, `noise` is the worst case. Rows named OpenCV
show what any library could reach; without the package they are left out.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import subprocess
import sys
import time
from binascii import a2b_base64
from collections.abc import Callable
from functools import partial
from io import BytesIO
from mmap import mmap
from types import FrameType

try:
    import cv2
except ImportError:
    cv2 = None
import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from processes import forget_peak, megabytes
from recraft_core.api.client import Client
from recraft_core.api.wire import Call, File
from recraft_core.imaging import encode
from recraft_core.imaging.compose import cut
from recraft_core.imaging.decode import decode
from recraft_core.imaging.encode import encode_mask, encode_picture, encode_png
from recraft_core.imaging.mask import bounds, feather, mask
from recraft_core.imaging.pixels import Buffer, as_image, crop, packed
from recraft_core.shared.geometry import Box, Size
from sample_pictures import noise, paint, photo

LIMIT = 10_000_000
CLOCK = time.process_time if "--cpu" in sys.argv else time.perf_counter


class Case:
    """A region on a canvas 1.5 times as wide, as a host sends it: BGRA bytes, and a round selection as coverage."""

    def __init__(self, region: np.ndarray) -> None:
        side = len(region)
        self.canvas = Size(side * 3 // 2, side * 3 // 2)
        self.box = Box(side // 4, side // 4, side, side)
        canvas = np.full((*self.canvas, 4), 255, np.uint8)
        canvas[self.box.y : self.box.bottom, self.box.x : self.box.right] = region[..., [2, 1, 0, 3]]
        self.buffer: Buffer = canvas.tobytes()
        centre, reach = self.canvas.width // 2, side * 3 // 8
        disc = Image.new("L", self.canvas)
        ImageDraw.Draw(disc).ellipse((centre - reach, centre - reach, centre + reach, centre + reach), fill=255)
        self.coverage: Buffer = disc.tobytes()

    @classmethod
    def of(cls, buffer: Buffer, coverage: Buffer, canvas: Size, box: Box) -> Case:
        case = cls.__new__(cls)
        case.buffer, case.coverage, case.canvas, case.box = buffer, coverage, canvas, box
        return case


# --- the ways --------------------------------------------------------------------------------------------------------


def request(case: Case, prefer: encode.Prefer = "auto", size: Size | None = None) -> int:
    pixels = crop(case.buffer, case.canvas, case.box, "BGRA", size)
    marked = crop(case.coverage, case.canvas, case.box, "L", size)
    picture = encode_picture(pixels, max_bytes=LIMIT, prefer=prefer)
    return len(picture.data) + len(encode_mask(mask(marked, grow_px=4)).data)


def naive_request(case: Case) -> int:
    canvas = Image.frombytes("RGBA", case.canvas, case.buffer, "raw", "BGRA")
    marked = np.frombuffer(case.coverage, np.uint8).reshape(case.canvas[::-1])
    rows, columns = np.nonzero(marked)
    assert rows.max() > rows.min()
    assert columns.max() > columns.min()
    edges = (case.box.x, case.box.y, case.box.right, case.box.bottom)
    grown = Image.fromarray(np.where(marked > 127, 255, 0).astype(np.uint8)).filter(ImageFilter.MaxFilter(9))
    mask_png = pillow(grown.crop(edges), "PNG")
    region = canvas.crop(edges)
    picture, quality = pillow(region, "PNG"), 100
    while len(picture) > LIMIT:
        quality -= 5
        picture = pillow(region.convert("RGB"), "JPEG", quality=quality)
    return len(picture) + len(mask_png)


def library_request(case: Case) -> int:
    """The same with OpenCV's own crop, mask, JPEG and PNG."""
    rows, columns = slice(case.box.y, case.box.bottom), slice(case.box.x, case.box.right)
    canvas = np.frombuffer(case.buffer, np.uint8).reshape(case.canvas.height, case.canvas.width, 4)
    marked = np.frombuffer(case.coverage, np.uint8).reshape(case.canvas.height, case.canvas.width)[rows, columns]
    solid = cv2.cvtColor(canvas[rows, columns], cv2.COLOR_BGRA2BGR)
    how = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, picture = cv2.imencode(".jpg", solid, how)
    hard = cv2.dilate(cv2.threshold(marked, 127, 255, cv2.THRESH_BINARY)[1], np.ones((9, 9), np.uint8))
    _, mask_png = cv2.imencode(".png", hard, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return len(picture) + len(mask_png)


def response(body: bytes, soft: np.ndarray) -> memoryview:
    """Base64 JSON to the BGRA bytes of a layer; the feathered mask was made while the service worked."""
    start = body.index(b'"b64_json": "') + 13
    picture = a2b_base64(memoryview(body)[start : body.index(b'"', start)])
    return packed(cut(decode(picture), soft), "BGRA")


def naive_response(body: bytes, marked: np.ndarray, base: np.ndarray) -> bytes:
    picture = Image.open(BytesIO(base64.b64decode(json.loads(body)["data"][0]["b64_json"]))).convert("RGBA")
    soft = np.asarray(Image.fromarray(marked).filter(ImageFilter.GaussianBlur(8)))[..., None] / np.float32(255)
    mixed = np.asarray(picture) * soft + base * (1 - soft)
    return Image.fromarray(mixed.astype(np.uint8)).tobytes("raw", "BGRA")


def pillow(image: Image.Image, kind: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def jpeg(image: Image.Image) -> Callable[[], bytes]:
    return partial(pillow, image, "JPEG", quality=95, subsampling=0)


def opened(data: bytes) -> None:
    Image.open(BytesIO(data)).load()


def rgb(pixels: np.ndarray) -> Image.Image:
    return as_image(pixels, "RGBX").convert("RGB")


# --- measuring -------------------------------------------------------------------------------------------------------


class Table:
    """Prints rows as they are measured and remembers whether all held."""

    def __init__(self) -> None:
        self.held = True
        print(f"{'check':58}{'ours':>11}{'other':>11}{'ratio':>8}{'hold to':>9}")

    def ratio(
        self,
        name: str,
        ours: Callable[[], object],
        other: Callable[[], object],
        limit: float,
        *,
        times: int = 5,
        clock: Callable[[], float] = CLOCK,
    ) -> None:
        mine, theirs = best_in_turn(ours, other, times, clock)
        self.row(name, f"{mine * 1e3:.1f} ms", f"{theirs * 1e3:.1f} ms", mine / theirs, limit)

    def row(self, name: str, ours: str, other: str, value: float, limit: float) -> None:
        self.held &= value <= limit
        verdict = "" if value <= limit else "  beyond"
        print(f"{name:58}{ours:>11}{other:>11}{value:>8.3g}{limit:>9g}{verdict}", flush=True)

    def peak(self, name: str, work: Callable[[], object], limit_mb: float) -> None:
        extra = risen_megabytes(work)
        if extra is not None:
            self.row(name, f"{extra:.0f} MB", "", extra, limit_mb)

    def encodes(self, name: str, case: Case) -> None:
        count = full_encodes(case)
        self.row(f"{name}, full encodes", str(count), "", count, 2)


def best_in_turn(
    ours: Callable[[], object], other: Callable[[], object], times: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Best times in seconds; the two are run alternately, after one run of ours to warm up."""
    ours()
    pairs = [(timed(ours, clock), timed(other, clock)) for _ in range(times)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


def risen_megabytes(work: Callable[[], object]) -> float | None:
    """How far the process's memory rises above where it stood; None where Linux's counters are missing."""
    counted = forget_peak()
    before = megabytes("VmRSS")
    work()
    return megabytes("VmHWM") - before if counted and before else None


def full_encodes(case: Case) -> int:
    """How often the whole region goes through an encoder of Pillow's for one request."""
    sizes = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is Image.Image.save.__code__:
            sizes.append(frame.f_locals["self"].size)

    sys.setprofile(watch)
    try:
        request(case)
    finally:
        sys.setprofile(None)
    return sizes.count(tuple(case.box.size))


# --- rows ------------------------------------------------------------------------------------------------------------


def request_rows(table: Table, quick: bool) -> None:
    fast_rows(table, "photo 4 MP", photo(2048))
    case = fast_rows(table, "photo 16 MP", photo(4096))
    table.peak("request photo 16 MP, extra peak", partial(request, case), 200)
    if not quick:
        table.ratio("request photo 16 MP / naive", partial(request, case), partial(naive_request, case), 0.04, times=1)
    fast_rows(table, "noise 16 MP", noise(4096))
    for side in (1024, 2048):
        case = Case(photo(side))
        ours, naive = partial(request, case, "lossless"), partial(naive_request, case)
        table.ratio(f"request photo {side} px lossless / naive", ours, naive, 0.2, times=2)


def fast_rows(table: Table, name: str, region: np.ndarray) -> Case:
    case = Case(region)
    fast = partial(request, case, "fast")
    table.ratio(f"request {name} / Pillow JPEG q95", fast, jpeg(rgb(region)), 3.0)
    if cv2 and name.startswith("photo"):
        table.ratio(f"request {name} / OpenCV", fast, partial(library_request, case), 1.5)
    table.encodes(f"request {name}", case)
    return case


def lossless_rows(table: Table) -> None:
    region = paint(4096)
    case, image = Case(region), rgb(region)
    floor = partial(pillow, image, "WEBP", lossless=True, quality=0, method=0)
    table.ratio("request paint 16 MP / Pillow WebP lossless", partial(request, case), floor, 1.5, times=3)
    table.peak("request paint 16 MP, extra peak", partial(request, case), 350)
    table.encodes("request paint 16 MP", case)
    level_1 = partial(pillow, image, "PNG", compress_level=1)
    table.ratio("PNG paint 16 MP / Pillow PNG level 1", partial(encode_png, region[..., :3]), level_1, 1.0, times=3)


def response_rows(table: Table, name: str, region: np.ndarray) -> None:
    marked = np.zeros(region.shape[:2], np.uint8)
    marked[len(marked) // 4 : -len(marked) // 4, len(marked) // 4 : -len(marked) // 4] = 255
    soft = feather(marked, 16)
    png, small = pillow(rgb(region), "PNG", compress_level=1), jpeg(rgb(region))()
    back, naive = partial(response, reply(png), soft), partial(naive_response, reply(png), marked, region)
    table.ratio(f"response {name} PNG / Pillow decode", back, partial(opened, png), 1.5)
    table.ratio(f"response {name} PNG / naive", back, naive, 0.65, times=2)
    table.ratio(f"response {name} JPEG / PNG", partial(response, reply(small), soft), back, 0.45)


def reply(picture: bytes) -> bytes:
    return json.dumps({"created": 0, "data": [{"b64_json": base64.b64encode(picture).decode()}]}).encode()


def mask_rows(table: Table) -> None:
    spread = Image.effect_noise((4096, 4096), 90).point(lambda value: 255 if value > 250 else 0)
    coverage = np.asarray(spread)
    blur = partial(spread.filter, ImageFilter.GaussianBlur(16))
    table.ratio("mask 16 MP grown 16 px / GaussianBlur(16)", partial(mask, coverage, grow_px=16), blur, 1.0)
    square = np.zeros((4096, 4096), np.uint8)
    square[1000:3000, 1000:3000] = 255
    table.ratio("feather 16 MP, 32 px / GaussianBlur(16)", partial(feather, square, 32), blur, 0.8)


def big_canvas_rows(table: Table) -> None:
    """A canvas of 16384 px square: 1 GB as BGRA."""
    canvas, tile = Size(16384, 16384), photo(4096)
    buffer = memoryview(np.tile(tile, (4, 4, 1)).reshape(-1))
    part = partial(crop, buffer, canvas, Box(3000, 5000, 4096, 4096), "BGRA")
    table.ratio("crop 16 MP of 16384 px, swapped / copy to new memory", part, partial(copied, tile), 1.2)
    marked = np.zeros((16384, 16384), np.uint8)
    marked[5000:9000, 4000:12000] = 200
    reading = partial(np.bitwise_or.reduce, marked.reshape(-1).view(np.uint64))
    table.ratio("bounds of 16384 px / one reading pass", partial(bounds, marked), reading, 2.5)
    case = Case.of(buffer, marked.reshape(-1).data, canvas, Box(4001, 4001, 8190, 8190))
    halved = partial(request, case, "fast", Size(4095, 4095))
    floor = jpeg(rgb(tile[:4095, :4095]))
    table.ratio("request 8190 px of 16384, halved / Pillow JPEG q95", halved, floor, 7)
    table.peak("request 8190 px of 16384, extra peak", halved, 250)


# Takes in requests on kept connections as fast as Python can, and answers each; prints its port first.
SINK = """
import socket, threading
def serve(caller):
    room = memoryview(bytearray(1 << 20))
    while head := caller.recv(4096, socket.MSG_PEEK):
        if b"\\r\\n\\r\\n" in head:
            end = head.index(b"\\r\\n\\r\\n") + 4
            left = end + int(head.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0])
            while left:
                left -= caller.recv_into(room[: min(left, len(room))])
            caller.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 37\\r\\n\\r\\n{"credits": 4, "image": {"url": "x"}}')
door = socket.create_server(("127.0.0.1", 0))
print(door.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=door.accept()[:1], daemon=True).start()
"""


def upload_rows(table: Table) -> None:
    """10 MB to another process on this computer, by the clock; both ways over a connection that stays open."""
    data = np.random.default_rng(1).bytes(LIMIT)
    call = Call("crispUpscale", {}, (File("file", "image/png", data),))
    with subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout
        port = int(sink.stdout.readline())
        client = Client("key-for-measuring", f"http://127.0.0.1:{port}")
        with socket.create_connection(("127.0.0.1", port)) as plain:
            ours, floor = partial(client.send, call), partial(plain_upload, plain, data)
            table.ratio("upload 10 MB / plain socket", ours, floor, 2, times=40, clock=time.perf_counter)
            table.peak("upload 10 MB, extra peak", ours, 1)
        client.close()
        sink.kill()


def plain_upload(plain: socket.socket, data: bytes) -> bytes:
    plain.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(data))
    plain.sendall(data)
    return plain.recv(4096)


def copied(pixels: np.ndarray) -> None:
    """A plain copy to memory the process did not have before, as every new picture needs."""
    with mmap(-1, pixels.nbytes) as fresh:
        fresh.write(pixels.data)


def main() -> int:
    parser = argparse.ArgumentParser(description="Request and response, ours beside the naive way and the floor.")
    parser.add_argument("--quick", action="store_true", help="leave out what takes long or needs 3 GB")
    parser.add_argument("--cpu", action="store_true", help="compare processor time, for a busy machine")
    quick = parser.parse_args().quick
    table = Table()
    request_rows(table, quick)
    lossless_rows(table)
    response_rows(table, "photo 4 MP", photo(2048))
    response_rows(table, "photo 16 MP", photo(4096))
    response_rows(table, "paint 16 MP", paint(4096))
    mask_rows(table)
    upload_rows(table)
    if not quick:
        big_canvas_rows(table)
    print("all held" if table.held else "some rows are beyond what they should hold to")
    return 0 if table.held else 1


if __name__ == "__main__":
    sys.exit(main())
