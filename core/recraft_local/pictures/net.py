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
    with opened(name, numpy_only=numpy_only) as running:
        return running(x)


@contextmanager
def opened(
    name: str, weights: bytes | None = None, *, numpy_only: bool = False
) -> Iterator[Callable[[Floats], Floats]]:
    """The network `name` as a function of `x`, for several pictures and threads; at the end its memory is free again.

    Opening costs a twentieth of a run. A network kept open keeps its largest run's memory, hundreds of MB, and takes
    half as much again for the next.
    `weights` stand in for NAME.bin.
    """
    if numpy_only or not has_ncnn():
        layers = _layers(name) if weights is None else _read(name, weights)
        yield partial(_run_layers, layers)
        return
    net = _ncnn_net(name, weights)
    try:
        yield partial(_extracted, net)
    finally:
        net.clear()  # its Python object alone does not let go of the pools


def _ncnn_net(name: str, weights: bytes | None) -> Any:
    """The network, loaded. `weights` must outlive it: it reads from them in place."""
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = THREADS
    net.opt.use_vulkan_compute = False
    bad = net.load_param(str(DATA / f"{name}.param"))
    if weights is None:
        bad = bad or net.load_model(str(DATA / f"{name}.bin"))
    else:
        net.load_model_mem(weights)  # gives the number of bytes read
    if bad:
        msg = f"The network {name} in {DATA} cannot be read. Install recraft-canvas again."
        raise OSError(msg)
    return net


def _extracted(net: Any, x: Floats) -> Floats:
    import ncnn

    extractor = net.create_extractor()
    buffer = np.ascontiguousarray(x, np.float32)  # ncnn's Mat only borrows this memory: hold on to it
    extractor.input("in", ncnn.Mat(buffer).clone())
    _, out = extractor.extract("out")
    return np.array(out, np.float32)


def run_numpy(name: str, x: Floats) -> Floats:
    """As `run`, with numpy alone: the same result, about three times slower."""
    return _run_layers(_layers(name), x)


def _run_layers(layers: list[Layer], x: Floats) -> Floats:
    last = {blob: i for i, layer in enumerate(layers) for blob in layer.inputs}
    blobs: dict[str, Floats] = {}
    for i, layer in enumerate(layers):
        output = x if layer.kind == "Input" else OPS[layer.kind](layer, *(blobs[b] for b in layer.inputs))
        blobs.update(dict.fromkeys(layer.outputs, output))
        for blob in layer.inputs:
            if last[blob] == i:  # nothing reads it later: give the memory back
                blobs.pop(blob, None)
    return blobs["out"]


@lru_cache(maxsize=4)
def _layers(name: str) -> list[Layer]:
    return _read(name, (DATA / f"{name}.bin").read_bytes())


def _read(name: str, weights_read: bytes) -> list[Layer]:
    raw = memoryview(weights_read)
    layers = []
    for line in (DATA / f"{name}.param").read_text(encoding="ascii").splitlines()[2:]:
        kind, _, ins, outs, *rest = line.split()
        blobs, options = rest[: int(ins) + int(outs)], rest[int(ins) + int(outs) :]
        chosen = {int(k): float(v) for k, v in (option.split("=") for option in options)}
        weights = None
        if kind in ("Convolution", "ConvolutionDepthWise"):
            weights, raw = _weights(chosen, raw)
        elif kind == "InstanceNorm":
            weights, raw = _gains(int(chosen[0]), raw)
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


def _gains(count: int, raw: memoryview) -> tuple[tuple[Floats, Floats], memoryview]:
    """Read what an InstanceNorm multiplies by and adds, from the start of `raw`; also return what follows."""
    both = np.frombuffer(raw, np.float32, 2 * count)
    return (both[:count], both[count:]), raw[8 * count :]


def _convolution(layer: Layer, x: Floats) -> Floats:
    """Zero-padded convolution, any dilation and stride.

    Over the flattened padded picture every tap of the kernel is a plain offset, so each is one matrix
    product on a view: no copy is made of the input.
    """
    assert layer.weights is not None  # noqa: S101 (the reader gives every convolution its weights)
    kernel, bias = layer.weights
    channels, height, width = x.shape
    out, _, k, _ = kernel.shape
    step, pad = int(layer.options.get(2, 1)), int(layer.options.get(4, 0))
    row, rows, stride, reach = width + 2 * pad, height + 2 * pad, int(layer.options.get(3, 1)), (k - 1) * step
    rows -= reach
    flat = np.pad(x, ((0, 0), (pad, pad + 1), (pad, pad))).reshape(channels, -1)
    offsets = [(i * row + j) * step for i in range(k) for j in range(k)]
    taps = np.ascontiguousarray(kernel.reshape(out, channels, k * k).transpose(2, 0, 1))
    result = np.empty((out, rows * row), np.float32)
    for start in range(0, rows * row, COLUMNS):
        part = result[:, start : start + COLUMNS]
        part[:] = bias[:, None]
        for tap, offset in zip(taps, offsets, strict=True):
            part += tap @ flat[:, start + offset : start + offset + part.shape[1]]
    result = result.reshape(out, rows, row)[:, ::stride, : row - reach : stride]
    return np.maximum(result, 0) if layer.options.get(9) else result


def _depthwise(layer: Layer, x: Floats) -> Floats:
    """Each channel convolved with its own kernel."""
    assert layer.weights is not None  # noqa: S101 (as for _convolution)
    kernel, bias = layer.weights
    k, stride, pad = kernel.shape[-1], int(layer.options.get(3, 1)), int(layer.options.get(4, 0))
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    height, width = (side - k + 1 for side in x.shape[1:])
    result = np.repeat(bias, -(-height // stride) * -(-width // stride)).reshape(len(x), -(-height // stride), -1)
    for i in range(k):
        for j in range(k):
            result += kernel[:, 0, i, j, None, None] * x[:, i : i + height : stride, j : j + width : stride]
    return result


def _padding(layer: Layer, x: Floats) -> Floats:
    """Zeros around the picture, or its mirror image (type 2)."""
    top, bottom, left, right = (int(layer.options.get(side, 0)) for side in range(4))
    around = ((0, 0), (top, bottom), (left, right))
    return np.pad(x, around, mode="reflect" if layer.options.get(4) else "constant")


def _instance_norm(layer: Layer, x: Floats) -> Floats:
    """Each channel to its own mean and spread."""
    assert layer.weights is not None  # noqa: S101 (as for _convolution)
    gain, shift = layer.weights
    mean = x.mean((1, 2), dtype=np.float64).astype(np.float32)
    spread = np.sqrt(x.var((1, 2), dtype=np.float64) + layer.options[1]).astype(np.float32)
    slope = gain / spread
    return x * slope[:, None, None] + (shift - mean * slope)[:, None, None]


def _pool(_: Layer, x: Floats) -> Floats:
    """Largest of each 2 x 2; an odd last row or column stands alone."""
    _, height, width = x.shape
    x = np.pad(x, ((0, 0), (0, height % 2), (0, width % 2)), constant_values=-np.inf)
    rows = np.maximum(x[:, ::2], x[:, 1::2])
    return np.maximum(rows[:, :, ::2], rows[:, :, 1::2])


def _interp(layer: Layer, x: Floats) -> Floats:
    """Bilinear, pixel centres at halves; type 1 repeats every pixel."""
    if layer.options[0] == 1:
        return x.repeat(int(layer.options[1]), axis=1).repeat(int(layer.options[2]), axis=2)
    down, across = _weights_1d(x.shape[1], int(layer.options[3])), _weights_1d(x.shape[2], int(layer.options[4]))
    return np.asarray(np.matmul(np.matmul(down, x), across.T))


@lru_cache(maxsize=64)
def _weights_1d(old: int, new: int) -> Floats:
    at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    whole = np.floor(at).astype(int)
    weights = np.zeros((new, old), np.float32)
    np.add.at(weights, (np.arange(new), whole), 1 - (at - whole))
    np.add.at(weights, (np.arange(new), np.minimum(whole + 1, old - 1)), at - whole)
    return weights


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
    "Clip": lambda layer, x: np.clip(x, layer.options[0], layer.options[1]),
    "ConvolutionDepthWise": _depthwise,
    "InstanceNorm": _instance_norm,
    "Padding": _padding,
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
