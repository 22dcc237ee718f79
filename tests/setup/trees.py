"""What a folder holds, to see whether something changed."""

from __future__ import annotations


def tree(folder):
    """{path: content, link target, or None for a folder} of everything below `folder`."""
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*"))}


def _content(path):
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() else None
