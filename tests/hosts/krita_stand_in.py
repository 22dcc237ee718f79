"""A stand-in for the module that Krita gives its plugins: documents of plain layers, RGBA of 8 bit, one window.

For systems where Qt is to be had and Krita is not: the docker with its real widgets, over a canvas that keeps pixels.
What a layer or a document does is as simple as the docker needs; nothing here says how Krita behaves.
"""

# ruff: noqa: N802, N815 - the names are Krita's

import sys
import types
import uuid

from PyQt5 import QtCore, QtGui, QtWidgets

FORMAT = QtGui.QImage.Format.Format_ARGB32  # B, G, R, A in memory, straight alpha: Krita's own order


def image_of(data, width, height):
    return QtGui.QImage(bytes(data), width, height, 4 * width, FORMAT).copy()


def bytes_of(image):
    pointer = image.constBits()
    pointer.setsize(image.sizeInBytes())
    return bytes(pointer)


class Id:
    def __init__(self):
        self._text = f"{{{uuid.uuid4()}}}"

    def toString(self):
        return self._text


class Node:
    """A layer: a picture as large as its document."""

    def __init__(self, document, name, kind):
        self._document, self._name, self._kind = document, name, kind
        self._image = QtGui.QImage(document.width(), document.height(), FORMAT)
        self._image.fill(0)
        self._box, self._visible, self._children, self._parent, self._id = QtCore.QRect(), True, [], None, Id()

    def type(self):
        return self._kind

    def name(self):
        return self._name

    def setName(self, name):
        self._name = name

    def uniqueId(self):
        return self._id

    def visible(self):
        return self._visible

    def setVisible(self, visible):
        self._visible = visible

    def bounds(self):
        return self._box

    def childNodes(self):
        return list(self._children)

    def parentNode(self):
        return self._parent

    def addChildNode(self, node, above):
        at = self._children.index(above) + 1 if above in self._children else len(self._children)
        self._children.insert(at, node)
        node._parent = self
        return True

    def remove(self):
        self._parent._children.remove(self)

    def setPixelData(self, data, x, y, width, height):
        painter = QtGui.QPainter(self._image)
        painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(x, y, image_of(data, width, height))
        painter.end()
        self._box = self._box.united(QtCore.QRect(x, y, width, height))
        return True

    def pixelData(self, x, y, width, height):
        return QtCore.QByteArray(bytes_of(self._image.copy(x, y, width, height)))

    projectionPixelData = pixelData

    def paint(self, painter):
        if self._visible:
            painter.drawImage(0, 0, self._image)
            for child in self._children:
                child.paint(painter)

    opacity = staticmethod(lambda: 255)
    blendingMode = staticmethod(lambda: "normal")
    colorModel = staticmethod(lambda: "RGBA")
    colorDepth = staticmethod(lambda: "U8")
    inheritAlpha = locked = animated = passThroughMode = staticmethod(lambda: False)
    setColorSpace = staticmethod(lambda *_: True)


class Selection:
    """Coverage of a box, 0..255."""

    def __init__(self):
        self._data, self._box = b"", (0, 0, 0, 0)

    def setPixelData(self, data, x, y, width, height):
        self._data, self._box = bytes(data), (x, y, width, height)

    def pixelData(self, x, y, width, height):
        left, top, wide, high = self._box
        out = bytearray(width * height)
        for row in range(max(y, top), min(y + height, top + high)):
            for column in range(max(x, left), min(x + width, left + wide)):
                out[(row - y) * width + column - x] = self._data[(row - top) * wide + column - left]
        return QtCore.QByteArray(bytes(out))

    x, y, width, height = (lambda self, at=at: self._box[at] for at in range(4))


class Document:
    def __init__(self, width, height, name):
        self._size, self._name, self._selection, self._notes = (width, height), name, None, {}
        self._root, self._info = Node(self, "root", "grouplayer"), "<document-info><keyword/></document-info>"
        self._active = Node(self, "Background", "paintlayer")
        self._root.addChildNode(self._active, None)

    def width(self):
        return self._size[0]

    def height(self):
        return self._size[1]

    def name(self):
        return self._name

    def rootNode(self):
        return self._root

    def topLevelNodes(self):
        return self._root.childNodes()

    def activeNode(self):
        return self._active

    def setActiveNode(self, node):
        self._active = node

    def selection(self):
        return self._selection

    def setSelection(self, selection):
        self._selection = selection

    def createNode(self, name, kind):
        return Node(self, name, kind)

    def createGroupLayer(self, name):
        return Node(self, name, "grouplayer")

    def pixelData(self, x, y, width, height):
        return QtCore.QByteArray(bytes_of(self.projection(x, y, width, height)))

    def projection(self, x, y, width, height):
        whole = QtGui.QImage(*self._size, FORMAT)
        whole.fill(0)
        painter = QtGui.QPainter(whole)
        self._root.paint(painter)
        painter.end()
        return whole.copy(x, y, width, height)

    def annotationTypes(self):
        return list(self._notes)

    def annotation(self, name):
        return self._notes[name]

    def setAnnotation(self, name, _about, data):
        self._notes[name] = data

    def documentInfo(self):
        return self._info

    def setDocumentInfo(self, text):
        self._info = text

    fileName = staticmethod(lambda: "")
    resolution = staticmethod(lambda: 72)
    colorModel = staticmethod(lambda: "RGBA")
    colorDepth = staticmethod(lambda: "U8")
    colorProfile = staticmethod(lambda: "sRGB-elle-V2-srgbtrc.icc")
    tryBarrierLock = staticmethod(lambda: True)
    unlock = waitForDone = refreshProjection = setModified = close = staticmethod(lambda *_: None)
    setColorSpace = staticmethod(lambda *_: True)


class Colour:
    def colorForCanvas(self, _canvas):
        return QtGui.QColor(40, 90, 160)


class View:
    def __init__(self, document):
        self._document = document

    def document(self):
        return self._document

    def selectedNodes(self):
        return [self._document.activeNode()]

    canvas = staticmethod(lambda: None)
    foregroundColor = backgroundColor = staticmethod(Colour)


class Window:
    """A main window whose middle shows the picture in front."""

    def __init__(self):
        self._main, self._view = QtWidgets.QMainWindow(), None
        self.picture = QtWidgets.QLabel(alignment=QtCore.Qt.AlignmentFlag.AlignCenter)
        area = QtWidgets.QMdiArea()
        self._main.setCentralWidget(area)
        area.addSubWindow(self.picture)
        self.picture.setWindowState(QtCore.Qt.WindowState.WindowMaximized)

    def qwindow(self):
        return self._main

    def activeView(self):
        return self._view

    def addView(self, document):
        self._view = View(document)
        self.show()

    def show(self):
        document = self._view.document()
        self.picture.setPixmap(QtGui.QPixmap.fromImage(document.projection(0, 0, document.width(), document.height())))

    def createAction(self, name, text, _menu):
        action = QtWidgets.QAction(text, self._main)
        action.setObjectName(name)
        return action


class Notifier(QtCore.QObject):
    applicationClosing = QtCore.pyqtSignal()

    def setActive(self, active):
        pass


class Krita(QtCore.QObject):
    _one = None

    @classmethod
    def instance(cls):
        cls._one = cls._one or cls()
        return cls._one

    def __init__(self):
        super().__init__()
        self._window, self._documents, self._settings, self._notifier = Window(), [], {}, Notifier()
        self._extensions = []

    def addExtension(self, extension):
        self._extensions.append(extension)
        extension.setup()
        extension.createActions(self._window)

    def addDockWidgetFactory(self, factory):
        dock = factory.kind()
        self._window.qwindow().addDockWidget(QtCore.Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self._extensions.append(dock)

    def createDocument(self, width, height, name, *_):
        self._documents.append(Document(width, height, name))
        return self._documents[-1]

    def documents(self):
        return list(self._documents)

    def windows(self):
        return [self._window]

    def activeWindow(self):
        return self._window

    def notifier(self):
        return self._notifier

    def readSetting(self, group, name, default):
        return self._settings.get((group, name), default)

    def writeSetting(self, group, name, value):
        self._settings[group, name] = value

    version = staticmethod(lambda: "5.2.9")
    action = staticmethod(lambda _name: None)
    resources = staticmethod(lambda _kind: {})


class DockWidget(QtWidgets.QDockWidget):
    pass


class DockWidgetFactoryBase:
    class DockPosition:
        DockRight = 1


class DockWidgetFactory:
    def __init__(self, _name, _position, kind):
        self.kind = kind


class Extension(QtCore.QObject):
    pass


def install():
    """Be the module `krita` of this process; there must be a QApplication."""
    module = types.ModuleType("krita")
    for one in (Krita, DockWidget, DockWidgetFactory, DockWidgetFactoryBase, Extension, Selection):
        setattr(module, one.__name__, one)
    sys.modules["krita"] = module
    return Krita.instance()
