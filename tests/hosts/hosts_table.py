"""The real hosts the tests run in, as data: where each comes from and what makes it start quietly.

A *root* is a folder holding a whole Debian system. The empty name stands for the machine itself.
"""
from __future__ import annotations

from dataclasses import dataclass

# What every run needs around the host: a display, a window manager, a message bus, a way to look and to click.
STAGE = ("xvfb", "xauth", "xdotool", "openbox", "imagemagick", "dbus")
# The worker runs on the root's own Python.
WORKER = (
    "python3-requests", "python3-numpy", "python3-pil", "python3-platformdirs", "python3-defusedxml",
    "python3-truststore",
)
CJK = ("fonts-droid-fallback",)  # 7 MB: one font for Chinese, Japanese and Korean
GIMP = ("gimp", "python3-gi", "gir1.2-gtk-3.0", "python3-gi-cairo", "fonts-dejavu-core", "adwaita-icon-theme")


@dataclass(frozen=True)
class Step:
    """One `apt-get install`: the packages, preferring `target`, after adding `suites` to the root's sources."""

    packages: tuple[str, ...]
    suites: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True)
class Root:
    """One Debian system: `name` is its folder in the cache, "" the machine itself."""

    name: str
    suite: str
    steps: tuple[Step, ...]
    script: str = ""  # debootstrap's script, where it has none of the suite's own name
    extras: tuple[str, ...] = ()  # packages that a finished root can be given, without being built again


@dataclass(frozen=True)
class Host:
    """One host program. `starts` is how its version begins; `required` hosts may not be missing in CI."""

    name: str
    program: str
    starts: str
    root: str
    required: bool


ROOTS = (
    Root("", "bookworm", (Step(("krita", "python3-pyqt5", "debootstrap", *STAGE)),), extras=CJK),
    Root(
        "trixie", "trixie", (Step((*GIMP, "krita", "python3-pyqt5", "ca-certificates", *STAGE, *WORKER)),), extras=CJK
    ),
    Root(
        "forky",
        "forky",
        (
            Step((*GIMP, "ca-certificates", *STAGE, *WORKER)),
            # Krita 6 is in experimental only; what it stands on may be newer than testing, hence sid as well.
            Step(("krita",), suites=("sid", "experimental"), target="experimental"),
            Step(("python3-pyqt6", "qt6-svg-plugins")),  # without the latter Krita 6 shows no icons
        ),
        script="sid",
        extras=CJK,
    ),
    # Windows' own Python, by Wine: Debian 12's Wine 8 lacks what Python 3.12 asks for. Nothing else is in it.
    Root("wine", "trixie", (Step(("wine", "wine64", "ca-certificates")),)),
    # A stock machine: the system's Python without pip, ensurepip or compiler.
    Root("stock", "bookworm", (Step(("python3", "ca-certificates")),)),
)

# Testing and experimental move and may break from one day to the next: their hosts are not required.
HOSTS = (
    Host("krita-5.1", "krita", "5.1.", "", required=True),
    Host("krita-5.2", "krita", "5.2.", "trixie", required=True),
    Host("krita-6.0", "krita", "6.0.", "forky", required=False),
    Host("gimp-3.0", "gimp", "3.0.", "trixie", required=True),
    Host("gimp-3.2", "gimp", "3.2.", "forky", required=False),
)

# Roots without a Krita or GIMP, and whether they may be missing in CI.
SYSTEMS = {"stock": True, "wine": False}

# krita itself asks for a display even to tell its version; kritarunner is content with QT_QPA_PLATFORM=offscreen.
VERSION_COMMANDS = {"krita": ("kritarunner", "--version"), "gimp": ("gimp", "--version")}

# The whole environment of a run; HOME and XDG_RUNTIME_DIR are added from the run's scratch folder.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",  # noqa: S108  a fresh one in every run
    "NO_AT_BRIDGE": "1",  # no accessibility bus: GTK would wait for it and complain
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "OPENBLAS_NUM_THREADS": "1",  # small machines: numpy's threads only get in the host's way
}

# Where a plugin goes, below HOME, and the settings that keep a first start from asking anything.
# {version} is the full version ("3.0.4"), {series} its first two parts, {plugins} Krita's switches.
PLUGIN_FOLDERS = {"krita": ".local/share/krita/pykrita", "gimp": ".config/GIMP/{series}/plug-ins"}
SETTINGS = {
    "": {
        # Main windows fill the screen, so that pictures of them have one size; dialogs keep theirs.
        ".config/openbox/rc.xml": (
            '<openbox_config xmlns="http://openbox.org/3.4/rc"><applications><application type="normal">'
            "<maximized>yes</maximized></application></applications></openbox_config>\n"
        ),
    },
    "krita": {
        ".config/kritarc": "[python]\n{plugins}\n",
        # There is no graphics card behind Xvfb; without this the first start tries OpenGL anyway.
        ".config/kritadisplayrc": "OpenGLRenderer=none\n",
    },
    "gimp": {
        # The Welcome dialog opens unless gimprc says this very version has run before.
        ".config/GIMP/{series}/gimprc": (
            '(config-version "{version}")\n'
            "(show-welcome-dialog no)\n"
            "(check-updates no)\n"
            "(color-profile-policy keep)\n"  # or a picture with a profile opens a question
            "(save-session-info no)\n"
            "(restore-session yes)\n"
            # Another language than last time makes GIMP ask all its plug-ins again, which takes 10 s.
            '(prev-language "C.UTF-8")\n'
        ),
    },
}

# Files made from the system's own by replacing one word: path in HOME -> (path in the root, old, new).
CHANGED = {
    "gimp": {
        # GIMP restores its own small window over what the window manager wants.
        ".config/GIMP/{series}/sessionrc": ("etc/gimp/3.0/sessionrc", '(maximized "no")', '(maximized "yes")'),
    },
}


def root(name: str) -> Root:
    """The root called `name`."""
    return next(entry for entry in ROOTS if entry.name == name)


def host(name: str) -> Host:
    """The host called `name`, such as "krita-5.2"; LookupError names the known ones."""
    found = next((entry for entry in HOSTS if entry.name == name), None)
    if found is None:
        raise LookupError(f"There is no host called {name!r}. Known: {', '.join(names())}.")
    return found


def names(program: str = "") -> list[str]:
    """The hosts' names in reading order, all of them or those of one program ("krita", "gimp")."""
    return [entry.name for entry in HOSTS if program in ("", entry.program)]
