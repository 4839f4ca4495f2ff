"""What stands on the home screen, read once and handed down to its widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.events import DescendantFocus

from leadqueue.domain.shown import plural
from leadqueue.domain.text import one_line
from leadqueue.tui import pictures
from leadqueue.tui.actions import BY_ID, Action, Group, Place, Situation, by_call, keys_told
from leadqueue.tui.screens.header_facts import header_facts
from leadqueue.tui.screens.home_parts import HomeParts
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.filter_box import FilterBox
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.words import CLOCK_ERROR_MS, Level, is_retried, store_words, trouble_words

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueCounts
    from leadqueue.definitions.model import DecisionKind


class ShownScreen(HomeParts):
    """Shows the queue, the lead under the cursor, and what can be done now."""

    _following = _untold = _foot_due = False
    _told_of: str | None = None
    _kinds: tuple[str | None, frozenset[DecisionKind]] | None = None
    _reloads = 0
    _sync_trouble = ""

    # Data down

    def reload(
        self, *, want: str | None = None, counted: bool = True, counts: QueueCounts | None = None
    ) -> None:
        """Show the queue as it is now. Cursor and selection stay on their leads; `want` moves the cursor.

        Where only the view is another one, and no lead, nothing needs to be `counted` anew; `counts` are
        there already.
        """
        if self.desk is None or self.queue_view is None:
            return
        self._kinds = None
        from leadqueue.cache.glance import Words
        from leadqueue.tui.widgets.queue_row import RowWords

        self._words = RowWords.of(
            Words.of(self.desk.definitions), self.parts.glyphs, approximate=self.approximate
        )
        if counts is None:
            self._reloads += 1
        else:
            self._urgent = counts.urgent
        sections = self._sections if counts is None else counts.sections
        if sections is None or (counted and counts is None):
            sections = self.desk.queue.sections(self.queue_view.owner)
        self._sections = sections
        active = next(
            (number for number, each in enumerate(sections, 1) if each.key == self.queue_view.section), 0
        )
        self.query_one(SectionTabs).show(sections, active)
        self.rows.show_owners(self.of_several)
        self.refresh_heads()
        self.show_rows(want, counts)
        self.refresh_header(count_urgent=counted and counts is None)

    def reload_beside(self) -> None:
        """As `reload`, where no key has asked for it."""
        self.reload()

    def show_rows(self, want: str | None, counts: QueueCounts | None = None) -> None:
        """Read the view's rows and show them."""
        if self.desk is not None and self.queue_view is not None and self._words is not None:
            source, view, words = self.desk.queue, self.queue_view, self._words
            self.rows.show(source, view, words, self.now(), want=want, counted=counts)
            self.rows_shown()

    def rows_shown(self) -> None:
        """What depends on the rows and on the cursor among them."""
        self.refresh_picture()
        self.follow()

    def follow(self) -> None:
        """Tell of the lead under the cursor in a frame of its own, after the one that shows the cursor."""
        if not self._following:
            self._following = self._untold = True
            self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        self._following = False
        if self._untold:
            self.tell()
        self.rows.draw_ahead()

    def tell(self) -> None:
        """Tell of the lead under the cursor in the frame that is on its way."""
        if self._told_of != self.rows.cursor_id:
            self.status.leave()
        self._untold, self._told_of = False, self.rows.cursor_id
        if self.selected_now:
            self._stand(self._sync_trouble)
        self.show_context()
        self.refresh_footer()

    @on(DescendantFocus)
    def _mark_side(self) -> None:
        """The edge of the context says whether the keys go there."""
        side = self.query_one("#side")
        side.set_class(self.context is not None and self.focused is self.context, "-lit", update=False)
        self.app.stylesheet.update_nodes([side])  # nothing in it looks otherwise

    @property
    def of_several(self) -> bool:
        """Whether these are the leads of several people, so that whose each one is, is to be seen."""
        return self.desk is not None and self.desk.actor.role == "manager"

    @property
    def looked_into(self) -> str:
        """The rep whose queue somebody else looks into; '' for one's own."""
        return ""

    @property
    def approximate(self) -> bool:
        """Whether the countdowns are only about right, since the server's clock is not known well."""
        error = self.desk.sync_clock()[1] if self.desk else None
        return error is not None and error > CLOCK_ERROR_MS

    def refresh_heads(self) -> None:
        """Set the headings over their columns."""
        if self._words is not None and self.queue_view is not None:
            from leadqueue.tui.widgets.queue_row import heading

            view, words = self.queue_view, self._words
            self.query_one(ColumnHeads).show(
                lambda: heading(self.rows.layout_now, words, view.sort, falls=view.falls)
            )

    @on(QueueList.Resized)
    def _columns_changed(self) -> None:
        """Set the headings anew, and tell an order that none of them shows."""
        self.refresh_heads()
        self._stand(self._sync_trouble)

    def refresh_picture(self) -> None:
        """Rows where there are any, else the picture that says why there are none."""
        has_rows = self.rows.count > 0
        self.query_one("#left").set_class(not has_rows, "-empty")
        if has_rows and self.focused is None and self.is_current and not self.form_open:
            self.call_after_refresh(self.rows.focus)
        if has_rows or self._failed:
            return
        scene = self._scene()
        self.picture.show(scene.title, scene.text, scene.hint, scene.level)

    def _scene(self) -> pictures.Scene:
        if self.desk is None or self.queue_view is None:
            return pictures.OPENING
        if (error := self.desk.trouble) is not None:
            return pictures.unread(f"{error.message}: {error.path}", error.fix)
        if not self.desk.ready:
            return pictures.never_synced(self._state, self.parts.keymap)
        labels = {section.key: section.label for section in self.desk.definitions.sections}
        section = labels.get(self.queue_view.section or "", "")
        if self.queue_view.filter:
            return pictures.none_passes(self.queue_view.filter.text, section, self.parts.keymap)
        last_pull = self.desk.status().last_pull_at
        return pictures.nothing_to_do(
            section, self._state, last_pull, self.now(), self.parts.keymap, self.looked_into
        )

    def refresh_header(self, *, count_urgent: bool = True) -> None:
        """Tell who, sync, unsent and urgent; the last are counted again only where that is asked for."""
        if self.desk is None:
            return
        now, status = self.now(), self.desk.status()
        if count_urgent or self._urgent is None:
            owner = self.queue_view.owner if self.queue_view else None
            self._urgent = self.desk.queue.urgency_counts(now, owner)
        facts = header_facts(self.desk, status, self._urgent, who=self.whose, sync=self._state)
        self.header.show(facts, now)
        self._sync_trouble = status.trouble
        self._stand(status.trouble)

    def _stand(self, trouble: str) -> None:
        """Say for as long as it holds: what is the matter with the files, how many leads are selected, or
        what keeps the sync from its work."""
        if self.desk is not None and self.desk.trouble is not None:
            self.status.stand(store_words(self.desk.trouble), Level.ERROR)
            return
        first, level = self._selection_words() if self.selected_now else self.first_remark(trouble)
        others = self.other_remarks()
        said = f" {self.parts.glyphs.dot} ".join(each.rstrip(".") for each in (first, *others) if each)
        self.status.stand(said if others else first, level if first else Level.PLAIN)

    def first_remark(self, trouble: str) -> tuple[str, Level]:
        """What keeps the sync from its work, '' for nothing."""
        key = BY_ID["sync"].first_key(self.parts.keymap) if self.sync is not None else ""
        return trouble_words(self._state, trouble, key), Level.WARNING

    def other_remarks(self) -> list[str]:
        """What else is to be known of what is shown, for as long as it holds."""
        view = self.queue_view
        if view is None or self.rows.count == 0:
            return []
        from leadqueue.tui.widgets.queue_row import order_unseen

        order = order_unseen(self.rows.layout_now, view.sort, self.parts.glyphs, falls=view.falls)
        return [order] if order else []

    def _selection_words(self) -> tuple[str, Level]:
        """For which leads the next form is. Where none of them is in sight, that is told: the one under the
        cursor would be taken for it."""
        selected = self.selected_now
        count = plural(len(selected), "lead")
        if not selected.keys().isdisjoint(self.rows.ids_in_sight):
            what = "one form serves them all" if len(selected) > 1 else "the next form is for it"
            return f"{count} selected: {what}", Level.PLAIN
        whom = f"the {count} that are selected, out of sight"
        if len(selected) == 1:
            row = self.desk.queue.row(next(iter(selected))) if self.desk is not None else None
            who = one_line(row.person, 40) if row is not None else ""
            whom = f"{who or 'a lead'}, selected and out of sight"
        clears = keys_told(self.parts.keymap, ("clear", "clears that"))
        return f"The next form is for {whom}, not for this lead; {clears}", Level.WARNING

    def say_trouble(self) -> bool:
        """Say what keeps the files from being read, where something does: what was asked of them now is
        left undone. Nothing of it is to be taken for an answer."""
        if self.desk is None or self.desk.trouble is None:
            return False
        self.status.say(store_words(self.desk.trouble), Level.ERROR)
        return True

    def say_unreachable(self) -> None:
        """Say why a lead is not there."""
        if not self.say_trouble():
            self.status.say("This lead is out of your reach now.", Level.WARNING)

    def show_context(self) -> None:
        """Show the lead under the cursor beside the queue."""
        if self.desk is None or self.context is None or self.form_open:
            return
        chosen = self.rows.cursor_id
        view = self.desk.lead(chosen) if chosen else None
        self.context.show(view, self.now(), self.desk.definitions)

    def refresh_footer(self) -> None:
        self._foot_due = False
        self.query_one(KeyFooter).show(self.situation())

    def refresh_footer_soon(self) -> None:
        """As `refresh_footer`, once for all that ask, after the frame that is on its way."""
        if not self._foot_due:
            self._foot_due = True
            self.call_after_refresh(self._refresh_due_footer)

    def _refresh_due_footer(self) -> None:
        if self._foot_due:
            self.refresh_footer()

    def settings_changed(self) -> None:
        """Show what the settings say now."""
        self.query_one(KeyFooter).refresh()
        self.refresh_density()
        self.reload()

    def kinds_here(self) -> frozenset[DecisionKind]:
        """What may be decided on the lead under the cursor, as of the last look at the queue."""
        chosen = self.rows.cursor_id
        if self._kinds is None or self._kinds[0] != chosen:
            self._kinds = chosen, self._kinds_for(chosen)
        return self._kinds[1]

    def _kinds_for(self, lead_id: str | None) -> frozenset[DecisionKind]:
        from leadqueue.cache.errors import UnknownLead

        try:
            return frozenset(self.desk.available(lead_id) if self.desk and lead_id else ())
        except UnknownLead:  # it has just left the scope; the next look at the queue shows it gone
            return frozenset()

    def situation(self) -> Situation:
        """What the availability of the actions depends on, as things stand."""
        if self.desk is None or self.queue_view is None:
            return Situation(can_sync=self._failed)
        status = self.desk.status()
        return Situation(
            opened=True,
            rows=self.rows.count > 0,
            kinds=frozenset(self.desk.definitions.decisions) if self.selected_now else self.kinds_here(),
            selected=len(self.selected_now),
            searching=bool(self.queue_view.filter) or self.query_one(FilterBox).is_open,
            form_open=self.form_open,
            unsent=status.unsent,
            redo=self.redoable,
            in_focus=self.has_class("-focus"),
            attention=status.attention,
            sections=len(self.desk.definitions.sections),
            in_list=self.focused is self.rows,
            in_context=self.focused is not None and self.focused is self.context,
            typing=self.form_open or (self.focused is not None and self.focused.check_consume_key("a", "a")),
            can_sync=self.sync is not None,
            retried=is_retried(self._state),
            demo=self.parts.network is not None,
            manager=self.desk.actor.role == "manager",
        )

    def label_of(self, action: Action) -> str:
        """The action's name; that of a section says which one."""
        number = action.id.removeprefix("section_")
        sections = self.desk.definitions.sections if self.desk else ()
        if number != action.id and 0 < int(number) <= len(sections):
            return f"{action.label}: {one_line(sections[int(number) - 1].label, 60)}"
        return action.label

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action works where the registry says so; those of other widgets are theirs."""
        known = by_call(action, parameters)
        return known is None or known.available(self.situation())

    def refusal(self, key: str) -> str:
        """Why a key does nothing here; '' where it is nobody's."""
        from leadqueue.tui.refusals import in_queue, meant

        action = meant(key, self.parts.keymap, Place.SCREEN, Place.LIST)
        if action is None:
            return ""
        now = self.situation()
        ruled = action.group is Group.DECIDE and now.opened and now.rows and not now.form_open
        return (self.rule_against(action) if ruled else "") or in_queue(action, now, self.parts.keymap)

    def rule_against(self, action: Action) -> str:
        """What the rule book says against a decision on the lead under the cursor; '' where it is none."""
        from leadqueue.definitions.model import DecisionKind
        from leadqueue.domain.decide import blocking_errors

        view = self.desk.lead(self.rows.cursor_id) if self.desk and self.rows.cursor_id else None
        if self.desk is not None and self.desk.trouble is not None:
            return store_words(self.desk.trouble)  # what is open for the lead could not be asked
        if self.desk is None or view is None or action.id not in set(DecisionKind):
            return ""
        kind = DecisionKind(action.id)
        errors = blocking_errors(view.lead, kind, self.desk.definitions, self.desk.actor)
        return one_line(errors[0].message, 200) if errors else ""
