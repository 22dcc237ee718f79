"""The worker as a process: how it is found, started and asked why it ended. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import EngineTrouble
from .i18n import join, say

FILE = "worker.json"
WHOLE = "whole"  # in it: the folder beside it where a packed worker lies whole after its first start
UNPACKING = "unpacking"  # what a packed worker says until then, with its share of 1; and its exit code if it cannot
UNPACKING_FAILED = 73
INSTALL = "Run install.py again, and see what it says."
_SET_UP = "Open Recraft in Krita or GIMP, and click Set up."
_MAKE_ROOM = "Free 200 MB on the disk and try again."
_ANEW = "If that does not help, install the plugin's zip again."
_AGAIN = "Click once more to start it again. What had been paid for is in the history."
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW: the worker has a console nobody should see
# The host's own Python: its settings would break another interpreter.
_HOSTS_OWN = ("PYTHON", "VIRTUAL_ENV", "__PYVENV", "DYLD_")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def read_command(folder: Path) -> list[str]:
    """The command in `folder`/worker.json, which install.py writes: {"command": ["…", "worker"]}.

    Raises EngineTrouble with what to do when it is missing, damaged or names a program that is gone.
    """
    path = Path(folder) / FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        command = [str(word) for word in told["command"]]
        program = command[0]
    except FileNotFoundError:
        raise EngineTrouble(
            say("The plugin does not know its worker: {path} is missing.", path=path),
            remedy=_SET_UP if (Path(folder) / "setup").is_dir() else INSTALL,
        ) from None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise EngineTrouble(say("{path} cannot be understood.", path=path), remedy=INSTALL) from None
    # A frozen worker lies in the plugin's own folder.
    for beside in (Path(folder, str(told.get(WHOLE, "")), Path(program).name), Path(folder, program)):
        if not Path(program).is_absolute() and beside.is_file():
            _let_run(beside)
            return [str(beside), *command[1:]]
    if Path(program).is_absolute() and not Path(program).exists():
        raise EngineTrouble(say("The worker {program} is gone.", program=program), remedy=INSTALL)
    return command


def _let_run(program: Path) -> None:
    """Give the frozen worker its run bit back, which Krita's importer loses."""
    if os.name != "nt" and not os.access(program, os.X_OK):
        with contextlib.suppress(OSError):  # starting it will tell
            program.chmod(0o755)


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The worker's environment: the host's without its Python, and the libraries of an AppImage or a Mac's bundle."""
    bundle = environ.get("APPDIR", "")
    variables = {}
    for name, value in environ.items():
        outside = _outside(value, bundle)
        if name in _CERTIFICATES and ".app/Contents/" in value:
            continue  # GIMP.app names its own, which goes with its version
        if outside and not name.upper().startswith(_HOSTS_OWN):
            variables[name] = outside
    return {**variables, "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}


def _outside(value: str, bundle: str) -> str:
    """A list of paths without those inside the bundle."""
    if not bundle or bundle not in value:
        return value
    return os.pathsep.join(part for part in value.split(os.pathsep) if not part.startswith(bundle))


class Child:
    """A worker's process. `greeting` is the one line it reads from its standard input."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], greeting: Mapping[str, Any]) -> None:
        self._program = Path(command[0])
        # The worker's words; a pipe could fill up and stop it. Reading must not move the place where it writes.
        with tempfile.NamedTemporaryFile() as written:
            self._complaint = open(written.name, "rb", 0, opener=_beside)  # noqa: SIM115 - closed with the link
            try:
                self._process = _popen(command, environ, written)
            except OSError as trouble:
                self._complaint.close()
                raise EngineTrouble(
                    say("The worker could not be started: {trouble}.", trouble=trouble), remedy=INSTALL
                ) from trouble
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            # Far less than a pipe holds, so this cannot block.
            with self._process.stdin as pipe:
                pipe.write(json.dumps(greeting).encode() + b"\n")
        except OSError:
            pass  # it ended already; whoever polls finds out and asks why

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when it takes longer, since it may be finishing what was paid for."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def let_go(self) -> None:
        """Nothing more is wanted to be known of it."""
        self._complaint.close()

    @property
    def unpacked(self) -> float | None:
        """How much of itself, 0..1, the worker of a zip has unpacked at its first start; None when it does not."""
        word, _, share = self._last_line().partition(" ")
        try:
            return float(share) if word == UNPACKING else None
        except ValueError:  # it is just being written
            return None

    @property
    def heard(self) -> int:
        """How many bytes it has said: while they grow, it moves."""
        return os.fstat(self._complaint.fileno()).st_size

    def why(self, *, ready: bool) -> EngineTrouble:
        """The error that tells why it ended; `ready` when it had been at work."""
        code = self._process.poll()
        last = self._last_words()
        remedy: str
        if code == UNPACKING_FAILED and not ready:
            what, remedy = say("The worker could not be unpacked: {why}.", why=last), join(_MAKE_ROOM, _ANEW)
            return EngineTrouble(what, remedy=remedy)
        how = say("closed the connection") if code is None else say("ended with {code}", code=_code(code))
        # A lost file may be missed only at work; a signal then comes from outside.
        anew = self._anew(damaged=code is not None and (not ready or code > 0))
        if ready:
            what, remedy = say("The worker {how} while it was working.", how=how), join(_AGAIN, anew)
        else:
            what = say("The worker {how} before it was ready.", how=how)
            remedy = join("Click once more.", anew) if anew else INSTALL
        return EngineTrouble(join(what, say("It said: {last}", last=last) if last else ""), remedy=remedy)

    def _anew(self, *, damaged: bool) -> str:
        """What else helps a zip's worker, "" with any other. A `damaged` one unpacks itself anew at its next start."""
        folder = self._program.parent
        try:
            whole = json.loads((folder.parent / FILE).read_text(encoding="utf-8"))[WHOLE]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        if damaged and folder.name == whole:
            # Only the program: others that run from the folder go on.
            with contextlib.suppress(OSError):
                self._program.replace(self._program.with_suffix(".damaged"))
        return _ANEW

    def _last_words(self) -> str:
        """The last line it wrote about its trouble; the worker itself keeps secrets out of it."""
        line = self._last_line()
        return "" if line.startswith(f"{UNPACKING} ") else line

    def _last_line(self) -> str:
        try:
            size = self._complaint.seek(0, os.SEEK_END)
            self._complaint.seek(max(0, size - 4096))
            lines = self._complaint.read().decode("utf-8", "replace").strip().splitlines()
        except (OSError, ValueError):
            return ""
        return lines[-1][:300] if lines else ""


def _beside(path: str, flags: int) -> int:
    """Open a temporary file a second time; Windows wants to hear once more that it goes with its last user."""
    return os.open(path, flags | getattr(os, "O_TEMPORARY", 0))


def _popen(command: Sequence[str], environ: Mapping[str, str], complaint: Any) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl+C in the terminal Krita was started from must not end a job under way.
    more: dict[str, Any] = {"creationflags": _NO_WINDOW} if os.name == "nt" else {"start_new_session": True}
    # The folder it starts in must not be one where somebody's json.py lies about.
    folder = Path(command[0]).parent
    return subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaint,
        env=child_environment(environ),
        cwd=folder if folder.is_absolute() else None,
        **more,
    )


def _code(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
