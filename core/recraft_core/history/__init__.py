"""Everything that was asked and what came back, as files on disk: nothing paid for is lost.

A paid call goes through these steps, each on the disk before the next begins:

    entry = history.begin(record)                     before sending
    history.came(entry, raw)                          the answer as it came, before it is read
    history.answered(entry, [(image_id, url)], units) the answer's words, before anything is downloaded
    history.keep(entry, 0, data)                      a picture's bytes, before they are decoded
    history.finish(entry)                             the canvas has it
    history.fail(entry, error.as_dict())              or: it went wrong

What a crash leaves behind says how far it came: "asked" (no answer was filed, units may have been charged),
"answered" (pictures may be waiting at their addresses, see `pending`) or "done".
"""

from .entry import Entry, Picture, Record
from .store import History, Timing

__all__ = ["Entry", "History", "Picture", "Record", "Timing"]
