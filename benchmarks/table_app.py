"""A table of a CSV file: Textual's own, or textual-fastdatatable's."""

import csv
import sys

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widget import Widget

PATH = sys.argv[-1]
FAST = "--fast" in sys.argv


class TableApp(App[None]):
    """One table, its cursor on rows, moved by j and k."""

    BINDINGS = [  # noqa: RUF012 - Textual's own way
        Binding("j", "move('cursor_down')"),
        Binding("k", "move('cursor_up')"),
    ]

    def compose(self) -> ComposeResult:
        with open(PATH, encoding="utf-8", newline="") as file:  # noqa: PTH123 - a script of few lines
            head, *rows = list(csv.reader(file))
        yield self._fast(head, rows) if FAST else self._usual(head, rows)

    def _usual(self, head: list[str], rows: list[list[str]]) -> Widget:
        from textual.widgets import DataTable  # noqa: PLC0415 - one of two

        table: DataTable[str] = DataTable(cursor_type="row")
        table.add_columns(*head)
        table.add_rows(rows)
        return table

    def _fast(self, head: list[str], rows: list[list[str]]) -> Widget:
        import textual_fastdatatable as fast  # type: ignore[import-not-found] # noqa: PLC0415 - in the peer's own environment

        data = {name: [row[place] for row in rows] for place, name in enumerate(head)}
        table: Widget = fast.DataTable(backend=fast.ArrowBackend.from_pydict(data), cursor_type="row")
        return table

    async def action_move(self, name: str) -> None:
        await self.query("*").last().run_action(name)


if __name__ == "__main__":
    TableApp().run()
