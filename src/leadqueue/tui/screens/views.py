"""The saved views: keep what is shown as one, rename, give a key, put in order, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from leadqueue.cache.saved_views import LONGEST_NAME
from leadqueue.domain.text import one_line
from leadqueue.tui.actions import BY_ID, Place, bindings, key_name, keys_told
from leadqueue.tui.glyphs import Glyphs
from leadqueue.tui.ports import Keymap
from leadqueue.tui.widgets.moved_options import MovedOptions
from leadqueue.tui.widgets.queue_row import fit

if TYPE_CHECKING:
    from leadqueue.cache.saved_views import SavedView, Views
    from leadqueue.tui.screens.viewing import ViewingScreen

HINT = (
    ("views.open", "open"),
    ("views.save", "save as new"),
    ("views.update", "update"),
    ("views.rename", "rename"),
    ("views.key", "key"),
    ("views.later views.earlier", "move"),
    ("views.delete", "delete"),
    ("views.close", "close"),
)
NEEDS = {"views.save": 0, "views.close": 0, "views.later views.earlier": 2}
"""How many views there must be for a key to do something, where it is not one."""


class ViewsScreen(ModalScreen[None]):
    """A list, and one line that asks for a name or a key where one is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.VIEWS)]
    AUTO_FOCUS = "#views-list"
    place: ClassVar[Place] = Place.VIEWS

    def __init__(self, home: ViewingScreen, glyphs: Glyphs) -> None:
        super().__init__()
        self._home = home
        self._glyphs = glyphs
        self._asking = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="views"):
            yield Static(Content.styled("Saved views", "bold"), id="views-title")
            yield MovedOptions(id="views-list", markup=False, compact=True)
            yield Static("", id="views-asked", markup=False)
            yield Input(id="views-name", compact=True, max_length=200, placeholder="Name")
            yield Static("", id="views-trouble", markup=False)
            yield Static("", id="views-hint", markup=False)

    def on_mount(self) -> None:
        self._list(self._home.view_name)

    @property
    def _keymap(self) -> Keymap:
        return self._home.parts.keymap

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
        self._tell(self._standing)
        self.listed.display = bool(views)
        told = [each for each in HINT if len(views) >= NEEDS.get(each[0], 1)]
        hint = keys_told(self._keymap, *told)
        self.query_one("#views-hint", Static).update(Content.styled(hint, "$text-muted"))

    @property
    def _standing(self) -> str:
        """What is told while nothing else is."""
        return "  ".join(self._home.key_clashes()) if self._views.views else self._none_yet

    @property
    def _none_yet(self) -> str:
        if self._views.trouble:
            return f"The saved views cannot be read. {self._views.trouble}."
        key = BY_ID["views.save"].first_key(self._keymap)
        return f"No view is saved yet. {key} keeps what is shown now under a name."

    def _line(self, view: SavedView) -> Content:
        mark = self._glyphs.good if view.name == self._home.view_name else " "
        key = key_name(view.key) if view.key else ""
        return Content.assemble(
            (f"{mark} ", "$text-accent"),
            (f"{fit(one_line(view.name, LONGEST_NAME), 20, self._glyphs.cut)} ", "bold"),
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
        self.set_class(what != "key", "-naming")
        self._tell("")
        if what == "key":
            self.set_focus(None)
        else:
            self.set_focus(name)  # at once: the next key is meant for it

    def _answered(self) -> None:
        self._asking = ""
        self.remove_class("-asking", "-naming")
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
        name = one_line(event.value)
        chosen = self.chosen
        if not name:
            self._tell("A view needs a name.")
            return
        if len(name) > LONGEST_NAME:
            self._tell(f"A view's name has at most {LONGEST_NAME} characters, not {len(name)}; shorten it.")
            return
        taken = self._views.named(name)
        if self._asking == "rename" and chosen is not None:
            if taken is not None and taken.name != chosen.name:
                self._tell(f"There is a view {taken.name} already; choose another name.")
                return
            if self._keep(self._views.replacing(chosen.name, replace(chosen, name=name)), name):
                self._renamed(chosen.name, name)
        elif taken is not None:
            key = BY_ID["views.update"].first_key(self._keymap)
            self._tell(f"There is a view {taken.name} already; {key} in the list updates it.")
            return
        elif self._keep(self._views.having(self._home.present(name)), name):
            self._home.goes_by(name)
            self._list(name)
        self._answered()

    # Doing

    def action_update(self) -> None:
        chosen, aside = self.chosen, self._home.aside
        if chosen is not None and aside is not None and chosen.name == aside.name:
            key = keys_told(self._keymap, ("clear", "in the queue brings it back"))
            self._tell(f"{chosen.name} is set aside for a lead: {key}, and then it can be updated.")
        elif chosen is not None and self._keep(
            self._views.having(self._home.present(chosen.name, chosen.key)), chosen.name
        ):
            self._home.goes_by(chosen.name)
            self._tell(f"{chosen.name} is what is shown now.")

    def action_delete(self) -> None:
        from leadqueue.tui.screens.confirm import ConfirmScreen

        chosen = self.chosen
        if chosen is None:
            return

        def answered(yes: bool | None) -> None:
            if yes and self._keep(self._views.without(chosen.name), ""):
                self._renamed(chosen.name, "")

        question = f"Delete the view {one_line(chosen.name)}? No lead is touched."
        self.app.push_screen(ConfirmScreen(question, "Delete", "Keep"), answered)

    def action_move(self, step: int) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._keep(self._views.moved(chosen.name, step), chosen.name)

    def action_back(self) -> None:
        if self._asking:
            self._answered()
            self._tell(self._standing)  # what was wrong with the answer matters no more
        else:
            self.dismiss(None)

    @on(OptionList.OptionSelected)
    def _opened(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Show the view under the cursor."""
        chosen = self.chosen
        if chosen is not None:
            self.dismiss(None)
            self._home.open_view(chosen.name)

    def _keep(self, views: Views, name: str) -> bool:
        """Store the views and show them; what kept them from it is told."""
        trouble = self._home.save_views(views)
        if trouble:
            self._tell(trouble)
            return False
        self._list(name)
        return True

    def _renamed(self, before: str, after: str) -> None:
        trouble = self._home.renamed(before, after)
        self._list(after)
        if trouble:
            self._tell(f"First view: {trouble}")

    def _tell(self, message: str) -> None:
        self.query_one("#views-trouble", Static).update(one_line(message, 300))
