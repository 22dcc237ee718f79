"""What the worker does for a plugin: messages in, messages out, whatever lies between.

`running` carries out one click · `answering` answers everything else, with `thumbnails` · `desk` hands each message to
one of them. None of it knows of sockets or processes.
"""

from .desk import Desk

__all__ = ["Desk"]
