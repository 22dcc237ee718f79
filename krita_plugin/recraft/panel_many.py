"""The list of many requests before the click that buys them: each with its price, one total, one yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .qt import Qt, QtWidgets
from .shared.errors import OutOfUnits
from .shared.plugin.choices import price_short
from .tr import sentence, tr
from .widgets import Note, Popup, column, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .shared.plugin.many import Many


class ManyPopup(Popup):
    """Opens over the main button."""

    def __init__(self, session: Desk, many: Many, owner: QtWidgets.QWidget) -> None:
        super().__init__(owner)
        self._session, self._many = session, many
        self.setFixedWidth(300)
        free = bool(session.state.offline)
        self.list = QtWidgets.QListWidget()
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("What is asked for"))
        for part in many.parts:
            price = tr("free") if free else tr("{units} u", units=f"{part.plan.units:,}")
            item = QtWidgets.QListWidgetItem(f"{price}   {part.title}")
            item.setToolTip(part.title)
            self.list.addItem(item)
        self.list.setFixedHeight(min(9, len(many.parts)) * (self.fontMetrics().lineSpacing() + 3) + 6)
        total = tr("on this computer") if free else price_short(many.units)
        self.yes = QtWidgets.QPushButton(tr("Run {count} · {price}", count=len(many.parts), price=total))
        self.yes.clicked.connect(lambda _checked=False: self._run())
        trouble = Note("", "wrong")
        trouble.hide()
        try:
            if not free:
                many.check(session.state.settings.get("cap_per_click_units"), session.state.balance)
        except OutOfUnits as problem:
            trouble.tell(f"{sentence(problem.what)} {sentence(problem.remedy)}")
            self.yes.setEnabled(False)
        layout = column(self, margin=6)
        layout.addWidget(self.list)
        layout.addWidget(trouble)
        layout.addLayout(row(self.yes, tool(tr("Cancel"), call=self.close), 1))

    def _run(self) -> None:
        self.close()
        self._session.run_many(self._many)
