"""Krita as a host of the contract, driven through the docker's own model. Runs inside Krita."""
import time

import contract
from krita import Krita, Selection
from recraft.extension import docker_of
from recraft.qt import QtCore, QtWidgets
from recraft.shared.operations import OPERATIONS
from recraft.shared.plan import Ask, plan
from recraft.shared.plugin.verbs import VERBS

SRGB = "sRGB-elle-V2-srgbtrc.icc"
KINDS = {
    "RGBA 8": ("RGBA", "U8", SRGB),
    "RGBA 16": ("RGBA", "U16", SRGB),
    "RGBA float": ("RGBA", "F32", "sRGB-elle-V2-g10.icc"),
    "grey 8": ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"),
    "CMYK 8": ("CMYKA", "U8", "Chemical proof"),
    "Lab 16": ("LABA", "U16", "Lab identity built-in"),
}
STEPS = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}
CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4}


def pump(until=None, seconds=60.0):
    """Let Krita's event loop turn until something is so; True when it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QtWidgets.QApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
        if until is not None and until():
            return True
        time.sleep(0.002)
    return until is None


def krita():
    return Krita.instance()


def dock():
    return docker_of(krita().activeWindow())


def session():
    return dock().session


def settled(document):
    """Wait until everything is placed and painted."""
    pump(seconds=0.2)
    document.waitForDone()
    pump(seconds=0.05)


class KritaPort(contract.Port):
    kinds = tuple(KINDS)
    can = frozenset({"undo", "layers", "selection"})

    def canvas(self, pixels, width, height, kind="RGBA 8", ppi=72.0):
        model, depth, profile = KINDS[kind]
        if profile not in krita().profiles(model, depth):
            profile = krita().profiles(model, depth)[0]
        document = krita().createDocument(width, height, f"contract {kind}", model, depth, profile, ppi)
        layer = document.topLevelNodes()[0]
        layer.setColorSpace("RGBA", "U8", SRGB)
        layer.setPixelData(QtCore.QByteArray(swapped(pixels)), 0, 0, width, height)
        layer.setColorSpace(model, depth, profile)
        document.refreshProjection()
        krita().activeWindow().addView(document)
        pump(lambda: krita().activeDocument() == document, 5)
        document.setActiveNode(document.topLevelNodes()[0])
        settled(document)
        return document

    def select(self, document, coverage, box):
        selection = Selection()
        selection.setPixelData(QtCore.QByteArray(bytes(coverage)), *box)
        document.setSelection(selection)
        settled(document)

    def run(self, document, operation, **options):
        before = {id_of(one) for one in krita().documents()}
        job = start(operation, **options)
        if isinstance(job, str):
            return contract.Ended(job)
        ids, then = [], job.on_done

        def ended(job):
            if job.result is not None:  # afterwards it holds no pictures
                ids.extend(layer["image_id"] for layer in job.result.layers)
            if then is not None:
                then(job)

        job.on_done = ended
        pump(lambda: job.over, 90)
        settled(document)
        if job.error is not None or not job.over:
            return contract.Ended(str(job.error or "it did not end"))
        if job.note:
            return contract.Ended(job.note)
        new = [(one.width(), one.height()) for one in krita().documents() if id_of(one) not in before]
        return contract.Ended("", new[0] if new else None, job.result.answer, ids)

    def pixels(self, document):
        document.waitForDone()
        width, height = document.width(), document.height()
        if (document.colorModel(), document.colorDepth()) == ("RGBA", "U8"):
            return swapped(bytes(document.pixelData(0, 0, width, height)))
        copy = document.clone()
        copy.setColorSpace("RGBA", "U8", SRGB)
        copy.refreshProjection()
        copy.waitForDone()
        return swapped(bytes(copy.pixelData(0, 0, width, height)))

    def own_bytes(self, document):
        step = CHANNELS[document.colorModel()] * STEPS[document.colorDepth()]
        document.waitForDone()
        return bytes(document.pixelData(0, 0, document.width(), document.height())), step

    def size(self, document):
        return document.width(), document.height()

    def undo(self, document):
        krita().action("edit_undo").trigger()
        settled(document)

    def layers(self, document):
        # The selection shows as a node of its own.
        nodes = [node for node in document.topLevelNodes() if node.type() != "selectionmask"]
        return [node.name() for node in reversed(nodes)]

    def selection(self, document):
        selection = document.selection()
        return selection.x(), selection.y(), selection.width(), selection.height()


def start(operation, **options):
    """Begin an operation the way the docker does; the job, or what the line under the button says."""
    one, said = session(), []
    if operation not in {verb.operation for verb in VERBS.values()} or operation in ("create_style", "account"):
        return plain(operation, options)
    one.state.look()
    verb = next(verb for verb in VERBS.values() if verb.operation == operation)
    if operation == "image_to_image":
        verb = VERBS["restyle"]
    one.state.choose(verb.key)
    one.state.sheet.values.clear()
    for name, value in options.items():
        one.state.set(name, value)
    one.said.connect(lambda *words: said.append(" ".join(str(word) for word in words[:2])))
    return one.run(sure=True) or (said[-1] if said else "nothing was said")


def plain(operation, options):
    """The operations without a verb: they have panels of their own."""
    one, ended = session(), []
    if operation == "create_style":
        data = bytes((40, 90, 160, 255)) * (64 * 64)
        return one.make_style(options, [(data, 64, 64)], ended.append)
    if operation == "explore_similar":
        return one.more_like(options["source_image_id"], options["similarity"])
    made = plan(Ask(operation, options))
    from recraft.shared.plugin.document_job import Job

    return one.jobs.add(Job(VERBS["image"], made, options, None, place=False))


def swapped(pixels):
    """RGBA to BGRA and back."""
    out = bytearray(pixels)
    out[0::4], out[2::4] = pixels[2::4], pixels[0::4]
    return bytes(out)


def id_of(document):
    return document.rootNode().uniqueId().toString()


def operations():
    return list(OPERATIONS)
