"""The saved views: keep what is shown as one, rename, give a key, put in order, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from leadqueue.domain.text import one_line
from leadqueue.tui.actions import key_name
from leadqueue.tui.glyphs import Glyphs

if TYPE_CHECKING:
    from leadqueue.cache.saved_views import SavedView, Views
    from leadqueue.tui.screens.viewing import ViewingScreen

HINT = "Enter open   s save as new   u update   r rename   h key   J K move   d delete   Esc close"
NONE_YET = "No view is saved yet. s keeps what is shown now under a name."


class ViewsScreen(ModalScreen[None]):
    """A list, and one line that asks for a name or a key where one is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("s", "ask('save')", show=False),
        Binding("r", "ask('rename')", show=False),
        Binding("h", "ask('key')", show=False),
        Binding("u", "update", show=False),
        Binding("d,delete", "delete", show=False),
        Binding("J,shift+down", "move(1)", show=False),
        Binding("K,shift+up", "move(-1)", show=False),
        Binding("j", "cursor(1)", show=False),
        Binding("k", "cursor(-1)", show=False),
    ]
    AUTO_FOCUS = "#views-list"

    def __init__(self, home: ViewingScreen, glyphs: Glyphs) -> None:
        super().__init__()
        self._home = home
        self._glyphs = glyphs
        self._asking = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="views"):
            yield Static(Content.styled("Saved views", "bold"), id="views-title")
            yield OptionList(id="views-list", markup=False, compact=True)
            yield Static("", id="views-asked", markup=False)
            yield Input(id="views-name", compact=True, max_length=40, placeholder="Name")
            yield Static("", id="views-trouble", markup=False)
            yield Static(Content.styled(HINT, "$text-muted"), id="views-hint")

    def on_mount(self) -> None:
        self._list(self._home.view_name)

    @property
    def _views(self) -> Views:
        return self._home.views

    @property
    def listed(self) -> OptionList:
        return self.query_one(OptionList)

    @property
    def chosen(self) -> SavedView | None:
        index = self.listed.highlighted
        views = self._views.views
        return views[index] if index is not None and index < len(views) else None

    def _list(self, name: str) -> None:
        """Show the views, the one named `name` under the cursor."""
        self.listed.clear_options()
        views = self._views.views
        self.listed.add_options([Option(self._line(view)) for view in views])
        if views:
            here = [number for number, view in enumerate(views) if view.name == name]
            self.listed.highlighted = here[0] if here else 0
        self.query_one("#views-trouble", Static).update("" if views else NONE_YET)
        self.listed.display = bool(views)

    def _line(self, view: SavedView) -> Content:
        mark = self._glyphs.cursor if view.name == self._home.view_name else " "
        key = key_name(view.key) if view.key else ""
        return Content.assemble(
            (f"{mark} ", "$text-accent"),
            (f"{one_line(view.name, 40):<20} ", "bold"),
            (f"{key:<6} ", "$text-accent"),
            (one_line(view.about, 60), "$text-muted"),
        )

    # Asking for a name or a key

    def action_ask(self, what: str) -> None:
        chosen = self.chosen
        if self._asking or (chosen is None and what != "save"):
            return
        self._asking = what
        asked = {
            "save": "Save what is shown now as:",
            "rename": f"New name of {chosen.name if chosen else ''}:",
            "key": "Press the key that opens it; Backspace for none, Esc to leave it:",
        }[what]
        self.query_one("#views-asked", Static).update(one_line(asked))
        self.add_class("-asking")
        name = self.query_one(Input)
        name.value = chosen.name if chosen and what == "rename" else ""
        name.display = what != "key"
        if what == "key":
            self.set_focus(None)
        else:
            self.set_focus(name)  # at once: the next key is meant for it

    def _answered(self) -> None:
        self._asking = ""
        self.remove_class("-asking")
        self.set_focus(self.listed)

    def on_key(self, event: Key) -> None:
        chosen = self.chosen
        if self._asking != "key" or chosen is None or event.key == "escape":
            return
        event.stop()
        event.prevent_default()
        key = "" if event.key in ("backspace", "delete") else event.key
        trouble = self._home.key_trouble(key, chosen.name)
        if trouble:
            self._tell(trouble)
            return
        self._keep(self._views.replacing(chosen.name, replace(chosen, key=key)), chosen.name)
        self._answered()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """While a key is asked for, every key is an answer."""
        return self._asking != "key" or action == "back"

    @on(Input.Submitted, "#views-name")
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        name = one_line(event.value, 40).strip()
        chosen = self.chosen
        if not name:
            self._tell("A view needs a name.")
            return
        taken = self._views.named(name)
        if self._asking == "rename" and chosen is not None:
            if taken is not None and taken.name != chosen.name:
                self._tell(f"There is a view {taken.name} already; choose another name.")
                return
            opened = self._home.view_name == chosen.name
            if self._keep(self._views.replacing(chosen.name, replace(chosen, name=name)), name) and opened:
                self._home.view_name = name
                self._home.show_views()
        elif taken is not None:
            self._tell(f"There is a view {taken.name} already; u in the list updates it.")
            return
        elif self._keep(self._views.having(self._home.present(name)), name):
            self._home.view_name = name
            self._home.show_views()
            self._list(name)
        self._answered()

    # Doing

    def action_update(self) -> None:
        chosen = self.chosen
        if chosen is not None and self._keep(
            self._views.having(self._home.present(chosen.name, chosen.key)), chosen.name
        ):
            self._home.view_name = chosen.name
            self._home.show_views()
            self._tell(f"{chosen.name} is what is shown now.")

    def action_delete(self) -> None:
        from leadqueue.tui.screens.confirm import ConfirmScreen

        chosen = self.chosen
        if chosen is None:
            return

        def answered(yes: bool | None) -> None:
            if yes and self._keep(self._views.without(chosen.name), ""):
                if self._home.view_name == chosen.name:
                    self._home.view_name = ""
                    self._home.show_views()
                self._list("")

        question = f"Delete the view {one_line(chosen.name)}? No lead is touched."
        self.app.push_screen(ConfirmScreen(question, "Delete", "Keep"), answered)

    def action_move(self, step: int) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._keep(self._views.moved(chosen.name, step), chosen.name)

    def action_cursor(self, step: int) -> None:
        if step > 0:
            self.listed.action_cursor_down()
        else:
            self.listed.action_cursor_up()

    def action_back(self) -> None:
        if self._asking:
            self._answered()
        else:
            self.dismiss(None)

    @on(OptionList.OptionSelected)
    def _opened(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        chosen = self.chosen
        self.dismiss(None)
        if chosen is not None:
            self._home.open_view(chosen.name)

    def _keep(self, views: Views, name: str) -> bool:
        """Store the views and show them; what kept them from it is told."""
        trouble = self._home.save_views(views)
        if trouble:
            self._tell(trouble)
            return False
        self._list(name)
        return True

    def _tell(self, message: str) -> None:
        self.query_one("#views-trouble", Static).update(one_line(message, 300))
