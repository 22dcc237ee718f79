"""The prompt: several lines, a counter, earlier prompts, and Enhance, which one click takes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gi.repository import Gtk

from .memory import memory
from .shared.i18n import join, tr
from .ui_parts import GAP, button, column, frame, label, named, row

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .shared.protocol import Message

LINES_PX = 84


class PromptBox:
    """The field bound to the argument `prompt`. `requests` enhances, `say` shows a line; `free`: none is needed."""

    def __init__(self, config: Any, requests: GimpRequests, say: Callable[[str], Any], *, free: bool = False) -> None:
        self._config, self._requests, self._say = config, requests, say
        self._most = 0
        self._before = ""
        self.field = named(Gtk.TextView(wrap_mode=Gtk.WrapMode.WORD_CHAR, accepts_tab=False), "Prompt")
        self.field.set_left_margin(GAP)
        self.field.set_right_margin(GAP)
        self.field.set_top_margin(GAP)
        self._buffer = self.field.get_buffer()
        self._buffer.set_text(config.get_property("prompt") or "")
        # The last prompt stands there selected: typing replaces it.
        self._buffer.select_range(self._buffer.get_start_iter(), self._buffer.get_end_iter())
        self._buffer.connect("changed", self._typed)
        config.connect("notify::prompt", self._set_from_outside)
        self._count = label(dim=True)
        self._enhance = button("✦ E_nhance", self._enhance_it, hint="Turn these few words into a rich prompt")
        below = row(self._enhance, *self._earlier())
        below.pack_end(self._count, expand=False, fill=False, padding=0)
        title = label("_Prompt (empty: the picture is continued)" if free else "_Prompt", mnemonic=self.field)
        self.widget = column(title, frame(self.field, LINES_PX), below, gap=4)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._buffer.get_property("text")

    def limit(self, most: int) -> None:
        """The model takes at most so many characters."""
        self._most = most
        self._tell()

    def _earlier(self) -> tuple[Gtk.Widget, ...]:
        """A menu of prompts used before, where there are any."""
        prompts = memory.recall()["prompts"]
        if not prompts:
            return ()
        menu = Gtk.Menu()
        for prompt in prompts:
            item = Gtk.MenuItem(label=prompt if len(prompt) <= 60 else f"{prompt[:59]}…")
            item.connect("activate", lambda _item, text=prompt: self._buffer.set_text(text))
            menu.append(item)
        menu.show_all()
        opener = Gtk.MenuButton(label=tr("Earlier"), popup=menu, relief=Gtk.ReliefStyle.NONE)
        return (named(opener, "Earlier prompts"),)

    def _typed(self, _buffer: Gtk.TextBuffer) -> None:
        if self._config.get_property("prompt") != self.text:
            self._config.set_property("prompt", self.text)
        self._tell()

    def _set_from_outside(self, config: Any, _property: Any) -> None:
        if config.get_property("prompt") != self.text:
            self._buffer.set_text(config.get_property("prompt") or "")

    def _tell(self) -> None:
        used = len(self.text.strip())
        self._count.set_text(f"{used:,} / {self._most:,}" if self._most else "")
        over = bool(self._most) and used > self._most
        context = self._count.get_style_context()
        (context.add_class if over else context.remove_class)("error")
        self._enhance.set_sensitive(bool(used))

    def _enhance_it(self) -> None:
        if self._before:
            self._buffer.set_text(self._before)
            self._undone()
            return
        self._enhance.set_sensitive(False)
        self._enhance.set_label(tr("Enhancing …"))
        options = {"prompt": self.text}
        self._requests.ask("run", self._enhanced, operation="enhance_prompt", options=options, parts=[])

    def _enhanced(self, message: Message) -> None:
        if message.kind == "result":
            self._before = self.text
            self._buffer.set_text(str(message["answer"].get("prompt") or self.text))
            self._enhance.set_label(tr("↶ As before"))
            self._enhance.set_sensitive(True)
        elif message.kind == "error":
            self._undone()
            self._say(join(message["error"]["what"], message["error"]["remedy"]))

    def _undone(self) -> None:
        self._before = ""
        self._enhance.set_label(tr("✦ E_nhance"))
        self._enhance.set_sensitive(True)
