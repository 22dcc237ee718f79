"""Where a finished job's layers go: onto the canvas it came from, into a mask, or into a document of its own."""

from .host import Gone
from .placing import Placement
from .shared.geometry import Box, Size

MASK = "Transparency mask"
SCALE = "Scale this picture"
# What `result_as` can be, by operation; the first is the default.
CHOICES = {
    "remove_background": ("New layer", MASK),
    "crisp_upscale": ("New document", SCALE),
    "creative_upscale": ("New document", SCALE),
}


class Delivery:
    """One result on its way to its place, in steps. Raises Gone when its document was closed."""

    def __init__(self, host, job):
        self.job = job
        self._host = host
        self._placement = None
        self._work = self._way()

    def step(self):
        """A bit of the work; False when it is done."""
        return next(self._work, None) is not None

    def drop(self):
        """Let go of what was built."""
        if self._placement is not None:
            self._placement.drop()

    def _canvas(self):
        canvas = self._host.find(self.job.key)
        if canvas is None:
            raise Gone(
                f"The picture “{self.job.title}” was closed.",
                remedy="The result is in the strip; open a picture to place it there.",
            )
        return canvas

    def _way(self):
        job, result = self.job, self.job.result
        if not self.job.key:
            # There was no picture: the result becomes one.
            yield from self._documents()
            return
        canvas = self._canvas()
        shape = job.plan.operation.shape
        if shape == "enlarge" and not self._scales(canvas):
            yield from self._documents(canvas)
        elif job.result_as == MASK:
            yield from self._calm(canvas)
            self._mask(canvas)
        else:
            if shape == "enlarge":
                yield from self._calm(canvas)
                canvas.scale(Size(*result.layers[0]["box"][2:]))
                yield True
            yield from self._layers(canvas, self._placed(canvas, result))
            if result.frame is not None and self._as_it_was(canvas):
                # Growing is a step of its own in Krita's undo; the layers shift along by themselves.
                canvas.grow(result.frame)

    def _scales(self, canvas):
        """A canvas that was cropped or scaled while the job ran would be distorted: it gets a new document then."""
        return self.job.result_as == SCALE and self._as_it_was(canvas)

    def _as_it_was(self, canvas):
        return canvas.size == self.job.canvas_size

    def _calm(self, canvas):
        """Wait for the end of a stroke, and say so."""
        while canvas.busy:
            self.job.phase = "waits for your stroke"
            yield True
            canvas.check()

    def _placed(self, canvas, result):
        """What has no place of its own, such as variations and Explore's pictures, goes into the middle."""
        if result.place is not None:
            return result.layers
        return [{**layer, "box": canvas.centred(layer["box"][2:])} for layer in result.layers]

    def _layers(self, canvas, layers):
        self._placement = Placement(canvas, layers, self.job.layer_id, self.job.clip)
        while self._placement.step():
            yield True
        yield from self._calm(canvas)
        self._placement.enter()

    def _mask(self, canvas):
        layer = self.job.result.layers[0]
        # Every fourth byte of BGRA is the alpha.
        canvas.mask(self.job.layer_id, bytes(layer["pixels"])[3::4], Box(*layer["box"]), layer["name"])

    def _documents(self, like=None):
        for layer in self.job.result.layers:
            name = f"{self.job.title or 'Recraft'} · {layer['name']}" if like else layer["name"]
            self._host.open_new(layer, name, like)
            yield True
