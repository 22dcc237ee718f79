"""Run the small networks of `data/`: with ncnn where it is installed, else with numpy alone.

A network is two files: NAME.param lists its layers as text, NAME.bin holds their weights. The form is
ncnn's (https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure), so one source serves both
runners; they agree to about one level of 255.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

DATA = Path(__file__).resolve().parent.parent / "data"
THREADS = 1  # ncnn's own threads wait for each other and crawl when a core is busy: run tiles side by side instead
HALF_FLOATS = (0x01306B47).to_bytes(4, "little")  # the mark before weights kept as float16
COLUMNS = 1 << 14  # pixels per matrix product: 48 channels of them stay in a core's cache


class Layer(NamedTuple):
    """One line of a .param file; `weights` is (kernel (out, in, k, k), bias (out,)) or None."""

    kind: str
    inputs: list[str]
    outputs: list[str]
    options: dict[int, float]
    weights: tuple[Floats, Floats] | None


def has_ncnn() -> bool:
    """Whether the faster runner is installed."""
    return find_spec("ncnn") is not None


def run(name: str, x: Floats, *, numpy_only: bool = False) -> Floats:
    """Give `x` (channels, height, width) to the network `name`, and return its output in that layout."""
    if numpy_only:
        return run_numpy(name, x)
    with opened(name) as running:
        return running(x)


@contextmanager
def opened(name: str) -> Iterator[Callable[[Floats], Floats]]:
    """The network `name` as a function of `x`, for several pictures and threads; at the end its memory is free again.

    Opening costs a twentieth of a run. A network kept open would keep its largest run's memory, hundreds of MB.
    """
    if not has_ncnn():
        yield partial(run_numpy, name)
        return
    net = _ncnn_net(name)
    try:
        yield partial(_extracted, net)
    finally:
        net.clear()  # its Python object alone does not let go of the pools


def _ncnn_net(name: str) -> Any:
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = THREADS
    net.opt.use_vulkan_compute = False
    if net.load_param(str(DATA / f"{name}.param")) or net.load_model(str(DATA / f"{name}.bin")):
        msg = f"The network {name} in {DATA} cannot be read. Install recraft-canvas again."
        raise OSError(msg)
    return net


def _extracted(net: Any, x: Floats) -> Floats:
    import ncnn

    extractor = net.create_extractor()
    kept = np.ascontiguousarray(x, np.float32)  # ncnn's Mat only borrows this memory: hold on to it
    extractor.input("in", ncnn.Mat(kept).clone())
    _, out = extractor.extract("out")
    return np.array(out, np.float32)


def run_numpy(name: str, x: Floats) -> Floats:
    """As `run`, with numpy alone: the same result, about three times slower."""
    layers = _layers(name)
    last = {blob: i for i, layer in enumerate(layers) for blob in layer.inputs}
    blobs: dict[str, Floats] = {}
    for i, layer in enumerate(layers):
        made = x if layer.kind == "Input" else OPS[layer.kind](layer, *(blobs[b] for b in layer.inputs))
        blobs.update(dict.fromkeys(layer.outputs, made))
        for blob in layer.inputs:
            if last[blob] == i:  # nothing reads it later: give the memory back
                blobs.pop(blob, None)
    return blobs["out"]


@lru_cache(maxsize=4)
def _layers(name: str) -> list[Layer]:
    raw = memoryview((DATA / f"{name}.bin").read_bytes())
    layers = []
    for line in (DATA / f"{name}.param").read_text(encoding="ascii").splitlines()[2:]:
        kind, _, ins, outs, *rest = line.split()
        blobs, options = rest[: int(ins) + int(outs)], rest[int(ins) + int(outs) :]
        chosen = {int(k): float(v) for k, v in (option.split("=") for option in options)}
        weights = None
        if kind == "Convolution":
            weights, raw = _weights(chosen, raw)
        layers.append(Layer(kind, blobs[: int(ins)], blobs[int(ins) :], chosen, weights))
    return layers


def _weights(options: dict[int, float], raw: memoryview) -> tuple[tuple[Floats, Floats], memoryview]:
    """Read one kernel and bias from the start of `raw`; also return what follows them."""
    out, k, count = int(options[0]), int(options[1]), int(options[6])
    if raw[:4] != HALF_FLOATS:
        raise OSError("The weights of a network are damaged. Install recraft-canvas again.")
    kernel = np.frombuffer(raw, np.float16, count, 4).astype(np.float32).reshape(out, -1, k, k)
    at = 4 + -(-count * 2 // 4) * 4  # padded to four bytes
    return (kernel, np.frombuffer(raw, np.float32, out, at)), raw[at + 4 * out :]


def _convolution(layer: Layer, x: Floats) -> Floats:
    """Zero-padded convolution that keeps height and width, any dilation.

    Over the flattened padded picture every tap of the kernel is a plain offset, so each is one matrix
    product on a view: no copy is made of the input.
    """
    assert layer.weights is not None  # noqa: S101 (the reader gives every convolution its weights)
    kernel, bias = layer.weights
    channels, height, width = x.shape
    out, _, k, _ = kernel.shape
    step, pad = int(layer.options.get(2, 1)), int(layer.options.get(4, 0))
    row = width + 2 * pad
    flat = np.pad(x, ((0, 0), (pad, pad + 1), (pad, pad))).reshape(channels, -1)
    offsets = [(i * row + j) * step for i in range(k) for j in range(k)]
    taps = np.ascontiguousarray(kernel.reshape(out, channels, k * k).transpose(2, 0, 1))
    made = np.empty((out, height * row), np.float32)
    for start in range(0, height * row, COLUMNS):
        part = made[:, start : start + COLUMNS]
        part[:] = bias[:, None]
        for tap, offset in zip(taps, offsets, strict=True):
            part += tap @ flat[:, start + offset : start + offset + part.shape[1]]
    made = made.reshape(out, height, row)[:, :, :width]
    return np.maximum(made, 0) if layer.options.get(9) else made


def _pool(_: Layer, x: Floats) -> Floats:
    """Largest of each 2 x 2; an odd last row or column stands alone."""
    _, height, width = x.shape
    x = np.pad(x, ((0, 0), (0, height % 2), (0, width % 2)), constant_values=-np.inf)
    rows = np.maximum(x[:, ::2], x[:, 1::2])
    return np.maximum(rows[:, :, ::2], rows[:, :, 1::2])


def _interp(layer: Layer, x: Floats) -> Floats:
    """Bilinear, pixel centres at halves."""
    down, across = _weights_1d(x.shape[1], int(layer.options[3])), _weights_1d(x.shape[2], int(layer.options[4]))
    return np.asarray(np.matmul(np.matmul(down, x), across.T))


@lru_cache(maxsize=64)
def _weights_1d(old: int, new: int) -> Floats:
    at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    whole = np.floor(at).astype(int)
    made = np.zeros((new, old), np.float32)
    np.add.at(made, (np.arange(new), whole), 1 - (at - whole))
    np.add.at(made, (np.arange(new), np.minimum(whole + 1, old - 1)), at - whole)
    return made


def _sigmoid(_: Layer, x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))), np.float32)  # clipped: exp would overflow


def _binary(layer: Layer, x: Floats, *others: Floats) -> Floats:
    other = others[0] if others else np.float32(layer.options[2])
    return np.asarray((np.add, np.subtract, np.multiply)[int(layer.options.get(0, 0))](x, other))


def _shuffle(layer: Layer, x: Floats) -> Floats:
    """Deal r * r channels out as r x r pixels."""
    r = int(layer.options[0])
    channels, height, width = x.shape
    parts = x.reshape(channels // r**2, r, r, height, width)
    return parts.transpose(0, 3, 1, 4, 2).reshape(channels // r**2, height * r, width * r)


OPS: dict[str, Callable[..., Floats]] = {
    "ReLU": lambda _, x: np.maximum(x, 0),
    "Split": lambda _, x: x,
    "Convolution": _convolution,
    "Pooling": _pool,
    "Interp": _interp,
    "Sigmoid": _sigmoid,
    "Swish": lambda layer, x: x * _sigmoid(layer, x),
    "BinaryOp": _binary,
    "Concat": lambda _, *parts: np.concatenate(parts),
    "PixelShuffle": _shuffle,
}
