"""What rough hands do: each event by mouse or keyboard where Krita has it there."""
import krita_mouse as mouse
from contract import HEIGHT, WIDTH, scene
from krita_port import KritaPort, dock, krita, pump, session
from krita_rough_book import Sheet, history
from krita_strokes import Strokes, looks, nodes, painted, settled, xdo
from recraft import compat
from recraft.qt import QtWidgets
from recraft.strip import ENTRY

VERBS = ("fill", "erase", "restyle", "remove_background", "vectorize", "image", "expand", "replace_background")
MOST_DOCUMENTS = 4
MERGED_S = 0.1


class Events(Strokes):
    """One method an event."""

    port = KritaPort()

    EVENTS = (
        ("stroke", 30), ("undo", 14), ("redo", 6), ("run", 16), ("verb", 8), ("prompt", 6), ("select", 6), ("tile", 6),
        ("cancel", 4), ("switch", 5), ("close", 1), ("open", 1), ("save", 2), ("theme", 1), ("wait", 4),
    )  # fmt: skip

    def new_picture(self):
        self._fresh += 1
        document = self.port.canvas(scene(WIDTH + 8 * self._fresh), WIDTH + 8 * self._fresh, HEIGHT)
        above = document.createNode("ink", "paintlayer")
        document.rootNode().addChildNode(above, None)
        settled(document)
        pump(seconds=0.3)
        self.brush()
        self.sheets.append(Sheet(document, {node.uniqueId().toString() for node in nodes(document)}))
        self.note(self.sheets[-1])
        session().state.look()
        self.prompt(enter=False)

    def stroke(self):
        sheet = self.sheet
        document = sheet.document
        node = self.own_layer(sheet)
        points = self.path(document)
        if node is None or not points:
            return None
        krita().action("KritaShape/KisToolBrush").trigger()
        colour = self.colour()
        document.waitForDone()
        settled(document)
        self.note(sheet)
        if document.activeNode() is None or document.activeNode().uniqueId() != node.uniqueId():
            return self.fault("the chosen layer did not stay active", node.name())
        before, there = looks(document), {one.uniqueId().toString() for one in nodes(document)}
        lasts = self.dice.choice((0.02, 0.05, 0.1, 0.3, 0.3, 1.0, 1.0, 3.0, self.dice.choice((1.0, 10.0))))
        self.events[-1] += f" {lasts} s"
        self.drag(points, lasts)
        pump(lambda: not compat.busy(document), 10)
        settled(document)
        now = looks(document)
        mine = node.uniqueId().toString()
        for name in there - {mine, "size"}:
            if before[name] != now.get(name):
                self.fault("a stroke on another layer", name)
        self.whole(node, points, colour, lasts)
        return self.note(sheet)

    def whole(self, node, points, colour, lasts):
        """Begin, middle and end of a stroke are on the layer it began on."""
        # Moves of a few ms may be merged on their way, on a busy machine (krita_quick.py counts it).
        middle = points[len(points) // 2] if lasts >= MERGED_S else points[0]
        for at in {points[0], middle, points[-1]}:
            if not painted(node, at, colour):
                where = f"point {points.index(at)} of {len(points)}, {at}"
                self.fault("a stroke is not whole", f"{node.name()} {where}: {bytes(node.pixelData(*at, 1, 1)).hex()} for {colour}")

    def own_layer(self, sheet):
        """One of the painter's own layers, made the active one as by a click in the layer docker."""
        mine = [one for one in nodes(sheet.document) if one.uniqueId().toString() in sheet.own and one.type() == "paintlayer"]
        if not mine:
            return None
        node = sheet.document.activeNode()
        same = node is not None and any(node.uniqueId() == one.uniqueId() for one in mine)
        if not same or self.dice.random() < 0.3:
            node = self.dice.choice(mine)
            sheet.document.setActiveNode(node)
            pump(lambda: sheet.document.activeNode().uniqueId() == node.uniqueId(), 5)
            pump(seconds=0.2)
        return node

    def undo(self):
        self.walk("edit_undo", "ctrl+z")

    def redo(self):
        self.walk("edit_redo", "ctrl+shift+z")

    def walk(self, action, keys):
        sheet, (_, before), placed = self.sheet, history(), len(self.placed)
        self.note(sheet)
        _, before = history()
        if self.dice.random() < 0.5:
            area = compat.canvas_widget(krita().activeWindow())
            area.viewport().setFocus()
            krita().activeWindow().qwindow().activateWindow()
            xdo("key", keys)
        else:
            krita().action(action).trigger()
        pump(lambda: history()[1] != before, 2)
        self.walked(sheet, before, placed)

    def verb(self):
        """By the row's own button where it has one, by the menu's action elsewhere."""
        key = self.dice.choice(VERBS)
        button = dock().verbs._buttons.get(key)
        if button is not None and button.isVisible() and mouse.on_top(button, button.rect().center()):
            self.click_at(button)
        else:
            dock().verbs._actions[key].trigger()

    def click_at(self, widget, at=None, times=1):
        at = at or widget.rect().center()
        if not mouse.on_top(widget, at):
            self.count["out of reach"] += 1
            return False
        self.count["clicks"] += times
        mouse.click(widget, at, times)
        return True

    def prompt(self, enter=None):
        """Other words, typed; now and then Shift+Enter, which runs."""
        edit = dock().prompt.edit
        if edit.isVisible() and edit.isEnabled() and self.click_at(edit.viewport()):
            xdo("key", "ctrl+a", "type", "--delay", 15, f"boat {self.dice.randrange(100)}")
            if enter is None and self.dice.random() < 0.3:
                self.buying(lambda: xdo("key", "shift+Return"))

    def run(self):
        self.buying(lambda: self.click_at(dock().run.button, times=self.dice.choice((1, 1, 1, 2))))

    def buying(self, click):
        """A click on the main button: at most one job, at the price that was painted there."""
        session().state.look()
        pump(seconds=0.05)
        shown = (session().state.verb.key, dock().run.shown[2] if dock().run.shown else None)
        before = list(self.jobs)
        click()
        pump(lambda: len(self.jobs) > len(before), 0.8)
        new = [job for job in self.jobs if job not in before and not job.from_history]
        if len(new) > 1:
            self.fault("one click, several jobs", [job.operation for job in new])
        for job in new:
            if (job.verb.key, job.plan.units) != shown:
                self.fault("bought another thing than shown", f"{shown}: {job.verb.key} {job.plan.units}")
            self.bought.append(shown)
            self.events[-1] += f" {job.verb.key} {job.plan.units} u"

    def cancel(self):
        if self.dice.random() < 0.5:
            self.click_at(dock().run.cancel)
        else:
            krita().action(f"recraft_{self.dice.choice(('cancel', 'cancel_waiting'))}").trigger()

    def tile(self):
        """One or two clicks on a result: shown, or placed."""
        strip = dock().results.strip
        tiles = [one for one in strip.tiles() if one.data(ENTRY)["here"]]
        if tiles:
            at = strip.visualItemRect(self.dice.choice(tiles[:6])).center()
            if strip.viewport().rect().contains(at):
                self.click_at(strip.viewport(), at, self.dice.choice((1, 2)))
                pump(seconds=0.6)
                if self.dice.random() < 0.5:
                    xdo("key", "Escape")

    def select(self):
        document = self.sheet.document
        if self.dice.random() < 0.3:
            document.setSelection(None)
        else:
            left, top = self.dice.randrange(0, document.width() - 150), self.dice.randrange(0, document.height() - 110)
            wide, high = self.dice.randrange(60, 150), self.dice.randrange(60, 110)
            self.port.select(document, b"\xff" * (wide * high), (left, top, wide, high))
        settled(document)
        self.note(self.sheet)

    def switch(self):
        area = krita().activeWindow().qwindow().centralWidget().findChild(QtWidgets.QMdiArea)
        before = krita().activeDocument()
        area.activateNextSubWindow()
        pump(lambda: krita().activeDocument() != before, 2)
        self.note(self.sheet)

    def close(self):
        if len(krita().documents()) - len(compat._sources) < 2:
            return self.open()
        sheet = self.sheet
        self.sheets.remove(sheet)
        document = sheet.document
        document.setModified(False)
        sheet.document = None
        left = len(krita().documents())
        del document
        krita().action("file_close").trigger()
        pump(lambda: len(krita().documents()) < left, 5)
        pump(seconds=0.3)
        return None

    def open(self):
        if len(self.sheets) < MOST_DOCUMENTS:
            self.new_picture()

    def save(self):
        sheet = self.sheet
        if not sheet.path:
            sheet.path = str(self.out / f"picture-{len(list(self.out.glob('picture-*.kra')))}.kra")
            sheet.document.saveAs(sheet.path)
        else:
            xdo("key", "ctrl+s")
        settled(sheet.document)

    def theme(self):
        """Another theme of Settings > Themes."""
        menu = krita().action("theme_menu")
        actions = menu.menu().actions() if menu is not None and menu.menu() is not None else []
        self.count["themes"] += len(actions) > 1
        if actions:
            self.dice.choice(actions).trigger()
        pump(seconds=0.2)

    def wait(self):
        pump(seconds=self.dice.choice((0.2, 0.5, 1.0, 2.0)))
