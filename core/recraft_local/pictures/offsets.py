"""Where each hole cell takes its pixels from: PatchMatch on patch descriptors, in plain numpy.

A field is a pair of int arrays (sy, sx): for the target cell t the source cell, both in cells of the
working picture. Search after Barnes et al., "PatchMatch" (SIGGRAPH 2009), with long propagation jumps
(Rong and Tan, "Jump flooding", I3D 2006) because numpy visits all cells at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.intp]
    Floats = NDArray[np.float32]

DESCRIPTOR_SIZE = 16  # floats a patch: one cache line, so that judging a candidate costs one memory fetch
SIDES = ((0, -1), (-1, 0), (0, 1), (1, 0))


def grown(mask: Bools, radius: int) -> Bools:
    """`mask` and everything within `radius` cells of it (a square), same shape."""
    for axis in (0, 1):
        steps = [mask]
        for _ in range(radius):
            before = steps[-1]
            after = before.copy()
            shifted, source = np.moveaxis(after, axis, 0), np.moveaxis(before, axis, 0)
            shifted[1:] |= source[:-1]
            shifted[:-1] |= source[1:]
            steps.append(after)
        mask = steps[-1]
    return mask


def box_blurred(picture: Floats, radius: int) -> Floats:
    """Mean over a square of 2 * `radius` + 1 cells, borders repeated; (h, w, c) or (h, w)."""
    if radius == 1:  # by far the most frequent; a third of the time of running sums
        for axis in (0, 1):
            side = picture.shape[axis]
            pad = [(1, 1) if a == axis else (0, 0) for a in range(picture.ndim)]
            wide = np.moveaxis(np.pad(picture, pad, mode="edge"), axis, 0)
            total = wide[:side] + wide[1:-1]
            total += wide[2:]
            total /= np.float32(3)
            picture = np.moveaxis(total, 0, axis)
        return picture
    for axis in (0, 1):
        pad = [(radius + 1, radius) if a == axis else (0, 0) for a in range(picture.ndim)]
        # float64: a running sum over a whole side would eat single precision
        sums = np.cumsum(np.pad(picture, pad, mode="edge"), axis=axis, dtype=np.float64)
        side = picture.shape[axis]
        width = 2 * radius + 1
        ahead, behind = (np.take(sums, np.arange(k, k + side), axis) for k in (width, 0))
        picture = ((ahead - behind) / width).astype(np.float32)
    return picture


def described(picture: Floats, reach: int = 2) -> Floats:
    """Patch descriptors, (h * w, 16): the cell itself and nine little means around it, reduced by PCA.

    The patch is 2 * `reach` + 3 cells wide. Squared distances stay those of mean colours, 0..255 squared.
    """
    h, w, _ = picture.shape
    soft = np.pad(box_blurred(picture, 1), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    parts = [picture]
    parts += [soft[dy : dy + h, dx : dx + w] for dy in (0, reach, 2 * reach) for dx in (0, reach, 2 * reach)]
    full = np.concatenate(parts, axis=2).reshape(h * w, -1)
    full -= full.mean(0)
    full /= np.float32(len(parts) ** 0.5)
    _, axes = np.linalg.eigh(full.T @ full)
    return np.ascontiguousarray(full @ axes[:, : -DESCRIPTOR_SIZE - 1 : -1])


class Search:
    """One search for sources. `picture` is complete (a first guess stands in the hole), float32 (h, w, 3).

    `pull` is what it costs to copy from a whole picture height or width away, in colours 0..255 squared.
    """

    def __init__(
        self,
        picture: Floats,
        targets: Bools,
        sources: Bools,
        seed: int,
        pull: tuple[float, float] = (0, 0),
    ) -> None:
        self.h, self.w = targets.shape
        self.rng = np.random.default_rng(seed)
        self.allowed = sources.ravel()
        self.pull = np.float32(pull[0] / self.h**2), np.float32(pull[1] / self.w**2)
        self.choices = np.flatnonzero(self.allowed)
        self.ty, self.tx = np.nonzero(targets)
        self.number = np.full(targets.shape, -1, np.intp)  # which target a cell is, -1 for none
        self.number[self.ty, self.tx] = np.arange(len(self.ty))
        self.neighbours: dict[tuple[int, int], tuple[Ints, Ints]] = {}
        self.look_at(picture)
        start = self.choices[self.rng.integers(0, len(self.choices), len(self.ty))]
        self.sy, self.sx = start // self.w, start % self.w
        self.judge()

    def look_at(self, picture: Floats) -> None:
        """Describe `picture` anew; the field stays."""
        self.patches = described(picture)
        self.wanted = self.patches[self.ty * self.w + self.tx]

    def judge(self) -> None:
        """Measure how well every target's present source fits."""
        self.cost = self.distance(np.arange(len(self.ty)), self.sy, self.sx)

    def distance(self, targets: Ints, sy: Ints, sx: Ints) -> Floats:
        """Squared descriptor distance of each of `targets` to its candidate."""
        difference = np.take(self.patches, sy * self.w + sx, axis=0)
        difference -= self.wanted[targets]
        cost = np.einsum("nk,nk->n", difference, difference)
        for (at, to), pull in zip(((self.ty, sy), (self.tx, sx)), self.pull, strict=True):
            if pull:
                cost += pull * (to - at[targets]).astype(np.float32) ** 2
        return cost

    def within(self, sy: Ints, sx: Ints) -> Bools:
        """Which candidates lie inside the picture on an allowed source."""
        inside = (sy >= 0) & (sy < self.h) & (sx >= 0) & (sx < self.w)
        return inside & self.allowed[np.where(inside, sy * self.w + sx, 0)]

    def pairs(self, dy: int, dx: int) -> tuple[Ints, Ints]:
        """Targets that have a target at (dy, dx) from them, and those neighbours."""
        if (dy, dx) not in self.neighbours:
            qy, qx = self.ty + dy, self.tx + dx
            inside = np.flatnonzero((qy >= 0) & (qy < self.h) & (qx >= 0) & (qx < self.w))
            other = self.number[qy[inside], qx[inside]]
            self.neighbours[dy, dx] = inside[other >= 0], other[other >= 0]
        return self.neighbours[dy, dx]

    def offer(self, targets: Ints, sy: Ints, sx: Ints) -> None:
        """Let `targets` take the candidates that fit them better."""
        ok = np.flatnonzero(self.within(sy, sx))
        targets, sy, sx = targets[ok], sy[ok], sx[ok]
        cost = self.distance(targets, sy, sx)
        better = np.flatnonzero(cost < self.cost[targets])
        winners = targets[better]
        self.sy[winners], self.sx[winners], self.cost[winners] = sy[better], sx[better], cost[better]

    def propagate(self, jump: int) -> None:
        """Offer every target what its neighbours `jump` cells away do."""
        for dy, dx in SIDES:
            targets, others = self.pairs(dy * jump, dx * jump)
            self.offer(targets, self.sy[others] - dy * jump, self.sx[others] - dx * jump)

    def wander(self) -> None:
        """Offer random candidates, ever closer to the present source."""
        everyone, radius = np.arange(len(self.ty)), max(self.h, self.w) / 2
        while radius >= 1:
            step = self.rng.integers(-int(radius), int(radius) + 1, (2, len(everyone)))
            self.offer(everyone, self.sy + step[0], self.sx + step[1])
            radius /= 3

    def run(self, rounds: int, jumps: tuple[int, ...] = (8, 3, 1)) -> None:
        """Search for `rounds` rounds."""
        for _ in range(rounds):
            for jump in jumps:
                self.propagate(jump)
            self.wander()
        self.propagate(1)

    def join(self, rounds: int, stiffness: float) -> None:
        """Let neighbouring targets agree on one offset where that costs little.

        Iterated conditional modes on a Potts energy: the fit plus `stiffness` times the typical fit for
        each of the four neighbours that copies from elsewhere. Whole pieces of the picture are then copied.
        """
        price = stiffness * float(np.median(self.cost)) + 1.0
        for k in range(rounds):
            for parity in (0, 1):
                for dy, dx in SIDES:
                    jump = 1 if k % 2 else 2
                    targets, others = self.pairs(dy * jump, dx * jump)
                    half = (self.ty[targets] + self.tx[targets]) % 2 == parity
                    targets, others = targets[half], others[half]
                    self.agree(targets, self.sy[others] - dy * jump, self.sx[others] - dx * jump, price)

    def agree(self, targets: Ints, sy: Ints, sx: Ints, price: float) -> None:
        """One step of `join`: take the candidate where fit and neighbours together are better for it."""
        ok = np.flatnonzero(self.within(sy, sx) & ((sy != self.sy[targets]) | (sx != self.sx[targets])))
        targets, sy, sx = targets[ok], sy[ok], sx[ok]
        cost = self.distance(targets, sy, sx)
        gain = self.cost[targets] - cost
        ty, tx = self.ty[targets], self.tx[targets]
        for dy, dx in SIDES:
            qy, qx = np.clip(ty + dy, 0, self.h - 1), np.clip(tx + dx, 0, self.w - 1)
            other = self.number[qy, qx]
            ny, nx = self.sy[other] - dy, self.sx[other] - dx
            now = (ny == self.sy[targets]) & (nx == self.sx[targets])
            then = (ny == sy) & (nx == sx)
            gain += price * (then.astype(np.float32) - now) * (other >= 0)
        better = np.flatnonzero(gain > 0)
        winners = targets[better]
        self.sy[winners], self.sx[winners], self.cost[winners] = sy[better], sx[better], cost[better]
