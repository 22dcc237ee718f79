"""pip for a Python that has none, as Debian's and Ubuntu's: its own wheel, run from its file.

It comes from where the user's settings of pip, else of uv, say that packages come from, and is checked against a
fixed hash: pip itself would check what it installs, and nobody checks pip.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import html
import os
import re
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener, url2pathname

from . import Trouble

NAME = "pip-25.3-py3-none-any.whl"  # runs on Python 3.9 and newer
SHA256 = "9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd"
PYPI = "https://pypi.org/simple"
_ACCEPT = "application/vnd.pypi.simple.v1+html, text/html;q=0.2, */*;q=0.1"
_TIMEOUT_S = 60
_MOST = 50_000_000  # bytes


@dataclass(frozen=True)
class Sources:
    """Where packages come from: `indexes` of the simple form, `links` to folders, pages or files."""

    indexes: tuple[str, ...] = (PYPI,)
    links: tuple[str, ...] = ()
    proxy: str = ""
    certificates: str = ""
    trusted: tuple[str, ...] = ()


def sources(environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> Sources:
    """What the user's settings say, pip's before uv's and the environment's before files."""
    pip = _pip_settings(environ, system)
    indexes = (pip.get("index-url") or _uv_index(environ, system) or PYPI, *_list(pip, "extra-index-url"))
    if pip.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        indexes = ()
    certificates = pip.get("cert") or environ.get("SSL_CERT_FILE") or environ.get("REQUESTS_CA_BUNDLE") or ""
    return Sources(
        indexes, tuple(_list(pip, "find-links")), pip.get("proxy", ""), certificates, tuple(_list(pip, "trusted-host"))
    )


def fetch(folder: Path, origins: Sources | None = None) -> Path:
    """The wheel, in `folder`. Raises Trouble with every place that was tried, and what would help."""
    origins = origins or sources()
    tried = []
    for place in (*origins.links, *(f"{one.rstrip('/')}/pip/" for one in origins.indexes)):
        try:
            data = _from(place, origins)
        except (OSError, ValueError) as trouble:  # URLError is an OSError
            reason = trouble.reason if isinstance(trouble, URLError) else trouble
            tried.append(f"{_shown(place)}: {reason}")
            continue
        if data is None or hashlib.sha256(data).hexdigest() != SHA256:
            tried.append(f"{_shown(place)}: {'no ' + NAME if data is None else NAME + ' is not the one we know'}")
            continue
        wheel = folder / NAME
        wheel.write_bytes(data)
        return wheel
    raise Trouble(
        f"this Python has no pip, and it could not be fetched ({'; '.join(tried) or 'pip is set to use no index'}). "
        "Check the network, or the proxy in HTTPS_PROXY, and run this again. Without a network, on Debian and Ubuntu: "
        "sudo apt install python3-venv"
    )


def for_uv(environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> dict[str, str]:
    """What uv, which reads none of pip's settings, has to be told of them."""
    pip, own = _pip_settings(environ, system), {}
    if pip.get("index-url") and not _uv_index(environ, system):
        own["UV_DEFAULT_INDEX"] = pip["index-url"]
    if pip.get("extra-index-url") and not environ.get("UV_INDEX"):
        own["UV_INDEX"] = pip["extra-index-url"]
        # In all of them, as pip looks; which file it may be, its hash says.
        own.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if pip.get("find-links") and not environ.get("UV_FIND_LINKS"):
        own["UV_FIND_LINKS"] = ",".join(_list(pip, "find-links"))
    if pip.get("cert") and not environ.get("SSL_CERT_FILE"):
        own["SSL_CERT_FILE"] = pip["cert"]
    return own


# --- settings --------------------------------------------------------------------------------------------------------


def _pip_settings(environ: Mapping[str, str], system: str) -> dict[str, str]:
    """The settings of pip by their names in its file; later files and the environment win, as in pip."""
    known: dict[str, str] = {}
    chosen = environ.get("PIP_CONFIG_FILE", "")
    for path in [] if chosen == os.devnull else [*_pip_files(environ, system), *([Path(chosen)] if chosen else [])]:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):  # pip itself will say so
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                known.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    settings = {name[4:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("PIP_")}
    return {**known, **{name: value for name, value in settings.items() if value}}


def _pip_files(environ: Mapping[str, str], system: str) -> list[Path]:
    """Source: pip.pypa.io, "Configuration", the least important first."""
    home = Path(environ.get("USERPROFILE" if system == "win32" else "HOME") or Path.home())
    if system == "win32":
        common, own = environ.get("PROGRAMDATA", "C:/ProgramData"), environ.get("APPDATA") or home / "AppData/Roaming"
        return [Path(common, "pip/pip.ini"), home / "pip/pip.ini", Path(own, "pip/pip.ini")]
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    shared = [Path(one, "pip/pip.conf") for one in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":") if one]
    support = "Library/Application Support/pip/pip.conf"
    mac = ([Path("/", support)], [home / support]) if system == "darwin" else ([], [])
    return [*mac[0], *shared, Path("/etc/pip.conf"), home / ".pip/pip.conf", config / "pip/pip.conf", *mac[1]]


def _uv_index(environ: Mapping[str, str], system: str) -> str:
    """The index uv is told to use: by its variables, else the one of its file that stands for PyPI."""
    url = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    if url:
        return url.rpartition("=")[2] if re.match(r"[\w.-]+=", url) else url
    home = Path(environ.get("USERPROFILE" if system == "win32" else "HOME") or Path.home())
    config = environ.get("APPDATA") if system == "win32" else environ.get("XDG_CONFIG_HOME")
    for path in (Path(config or home / ".config", "uv/uv.toml"), Path("/etc/uv/uv.toml")):
        if path.is_file():
            index = _index_in(path.read_text(encoding="utf-8", errors="replace"))
            if index:
                return index
    return ""


def _index_in(text: str) -> str:
    """The default index of uv.toml. Python 3.10 reads no TOML, so this knows only its two spellings."""
    plain = re.search(r"^\s*index-url\s*=\s*[\"']([^\"']+)", text, re.MULTILINE)
    if plain:
        return plain[1]
    for table in re.split(r"^\s*\[", text, flags=re.MULTILINE):
        if table.startswith("[index]]") and re.search(r"^\s*default\s*=\s*true", table, re.MULTILINE):
            url = re.search(r"^\s*url\s*=\s*[\"']([^\"']+)", table, re.MULTILINE)
            return url[1] if url else ""
    return ""


def _list(settings: Mapping[str, str], name: str) -> list[str]:
    return settings.get(name, "").split()


# --- fetching --------------------------------------------------------------------------------------------------------


def _from(place: str, origins: Sources) -> bytes | None:
    """The wheel as a folder has it or a page links to it; None when it does not. Raises OSError."""
    folder = _folder(place)
    if folder is not None:
        return next(((one / NAME).read_bytes() for one in (folder, folder / "pip") if (one / NAME).is_file()), None)
    page, base = _read(place, origins)
    links = re.findall(r"href\s*=\s*[\"']([^\"']+)[\"']", page.decode("utf-8", "replace"), re.IGNORECASE)
    wanted = [link for link in map(html.unescape, links) if unquote(urlsplit(link).path).rpartition("/")[2] == NAME]
    if not wanted:
        return None
    link = urljoin(base, wanted[0])
    if urlsplit(link).hostname == urlsplit(place).hostname:  # a page names files without the password it was asked with
        link = _with_login(link, place)
    return _read(link, origins)[0]


def _folder(place: str) -> Path | None:
    """The folder that a path or a file: address names."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return None if parts.scheme in {"http", "https"} else Path(place).expanduser()


def _read(url: str, origins: Sources) -> tuple[bytes, str]:
    """What an address answers, and the address it came from in the end. Raises OSError."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path)).read_bytes(), url
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"{parts.scheme}: is no address for packages")
    headers = {"User-Agent": "recraft-canvas", "Accept": _ACCEPT}
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    context = ssl.create_default_context(cafile=origins.certificates or None)
    if parts.hostname in {one.partition(":")[0] for one in origins.trusted}:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    proxies = {"http": origins.proxy, "https": origins.proxy} if origins.proxy else None
    opener = build_opener(HTTPSHandler(context=context), ProxyHandler(proxies))
    with opener.open(Request(address, headers=headers), timeout=_TIMEOUT_S) as answer:  # noqa: S310 - http(s), looked at above
        return answer.read(_MOST), answer.url


def _with_login(link: str, place: str) -> str:
    login = urlsplit(place).netloc.rpartition("@")[0]
    parts = urlsplit(link)
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}")) if login and "@" not in parts.netloc else link


def _shown(place: str) -> str:
    """An address without its password."""
    parts = urlsplit(place)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else place


