"""The command line as scripts know it: stdout is data, stderr is narration, exit codes are an interface."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.builders import EXAMPLE_VALUES
from tests.cli.conftest import Shell
from tests.postgres import over_both

from leadqueue import __version__
from leadqueue.cache.errors import StoreError
from leadqueue.cli import export as exporting
from leadqueue.cli import main as program
from leadqueue.cli.exits import Exit
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.ages import stamp

ACCEPT = ("--acceptance-reason", "strong_fit")


class TestWaysOut:
    def test_version_and_help(self, shell: Shell) -> None:
        assert shell("--version").stdout == f"leadqueue {__version__}\n"
        told = shell("--help")
        assert told.code == Exit.DONE
        assert all(name in told.stdout for group in program.COMMANDS.values() for name in group)

    @pytest.mark.parametrize("name", [name for group in program.COMMANDS.values() for name in group])
    def test_every_command_of_the_table_is_there_and_explains_itself(self, shell: Shell, name: str) -> None:
        told = shell(name, "--help")
        assert told.code == Exit.DONE, told.stderr
        assert "Usage" in told.stdout

    def test_a_wrong_command_or_option_is_a_usage_error(self, shell: Shell) -> None:
        assert shell("acept").code == Exit.USAGE
        assert shell("queue", "--sorted").code == Exit.USAGE
        wrong = shell("queue", "--sort", "colour")
        assert wrong.code == Exit.USAGE
        assert "urgency" in wrong.stderr
        assert shell("queue", "--section", "nothing").code == Exit.USAGE

    def test_a_wrong_filter_is_told_under_its_word(self, shell: Shell) -> None:
        told = shell("queue", "--filter", "score>70 source:webniar")
        assert told.code == Exit.USAGE
        assert told.stdout == ""
        lines = told.stderr.splitlines()
        text, carets, message = lines[-3:]
        assert text[carets.index("^") : carets.rindex("^") + 1] == "webniar"
        assert "did you mean webinar?" in message

    def test_a_filter_may_say_or(self, shell: Shell) -> None:
        assert shell("queue", "--filter", "(source:webinar or country:de) not is:soon").code == Exit.DONE
        told = shell("queue", "--filter", "source:webinar or")
        assert told.code == Exit.USAGE
        assert "or wants a term on either side" in told.stderr

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ('section = "gone"', "there is no section gone; the sections are "),
            ('filter = "source:webniar"', "webniar"),
        ],
    )
    def test_a_saved_view_that_cannot_be_read_any_more_names_the_view(
        self, shell: Shell, written: str, said: str
    ) -> None:
        shell.home.views_file.parent.mkdir(parents=True, exist_ok=True)
        shell.home.views_file.write_text(f'[[view]]\nname = "Hot"\n{written}\n')
        told = shell("queue", "--view", "hot")
        assert told.code == Exit.USAGE
        assert "leadqueue: --view: 'Hot' cannot be read: " in told.stderr
        assert said in told.stderr
        assert str(shell.home.views_file) in told.stderr
        assert "--section" not in told.stderr
        assert "--filter" not in told.stderr

    def test_a_saved_view_that_is_not_there_is_a_usage_error(self, shell: Shell) -> None:
        shell.home.views_file.parent.mkdir(parents=True, exist_ok=True)
        shell.home.views_file.write_text('[[view]]\nname = "Hot"\nfilter = "score>100000"\n')
        told = shell("queue", "--view", "Cold")
        assert told.code == Exit.USAGE
        assert "Saved: Hot" in told.stderr
        shell("sync")
        passed = shell("queue", "--view", "hot")
        assert passed.code == Exit.DONE
        assert "No lead passes the filter." in passed.stderr

    @pytest.mark.parametrize(
        "words", [("queue",), ("show", "x"), ("accept", "abcd"), ("inbox",), ("undo",), ("journey", "x")]
    )
    def test_without_a_login_the_fix_is_told(self, shell: Shell, words: tuple[str, ...]) -> None:
        shell.home.clear_account()
        told = shell(*words)
        assert told.code == Exit.NOT_LOGGED_IN
        assert told.stdout == ""
        assert "leadqueue login" in told.stderr

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("queue",), Exit.DONE),
            (("export",), Exit.DONE),
            (("show", "abcd"), Exit.NOT_FOUND),
            (("show", "x"), Exit.NOT_FOUND),
            (("accept", "abcd"), Exit.NOT_FOUND),
            (("touch", "ada@engines.example"), Exit.NOT_FOUND),
            (("journey", "abcd"), Exit.NOT_FOUND),
        ],
    )
    def test_before_the_first_sync_the_fix_is_told(
        self, shell: Shell, words: tuple[str, ...], code: Exit
    ) -> None:
        told = shell(*words)
        assert told.code == code
        assert "The leads have not been read from the server yet: leadqueue sync" in told.stderr
        assert "within your reach" not in told.stderr
        assert "No lead" not in told.stderr
        assert shell("sync").code == Exit.DONE
        assert "have not been read" not in shell(*words).stderr

    def test_without_a_terminal_the_queue_does_not_open(self, shell: Shell) -> None:
        told = shell()
        assert told.code == Exit.USAGE
        assert "queue --json" in told.stderr

    def test_without_a_terminal_no_demo_is_made_up(self, shell: Shell) -> None:
        told = shell("demo", "--leads", "3")
        assert told.code == Exit.USAGE
        assert told.stderr == (
            "leadqueue: the queue needs a terminal\n  In scripts: leadqueue demo --headless\n"
        )
        assert not (shell.home.data_dir / "demo").exists()

    def test_damaged_files_are_named(self, shell: Shell) -> None:
        shell.home.outbox_file(shell.account).mkdir()
        told = shell("queue")
        assert told.code == Exit.LOCAL_FILES
        assert "outbox.db" in told.stderr

    def test_an_interrupt(self, shell: Shell) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        shell.patch.setattr(program, "app", interrupted)
        told = shell("queue")
        assert (told.code, told.stdout, told.stderr) == (Exit.INTERRUPTED, "", "")

    @pytest.mark.parametrize("broken_off", [KeyboardInterrupt(), EOFError()])
    @pytest.mark.parametrize(
        "words", [("login",), ("logout", "--erase", "--erase-unsent")], ids=["a line", "yes or no"]
    )
    def test_an_interrupt_at_a_question(
        self, shell: Shell, words: tuple[str, ...], broken_off: BaseException
    ) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

            def readline(self, size: int = -1, /) -> str:  # type: ignore[override] # noqa: ARG002 - the stream's
                raise broken_off

        lead = shell.world.lead()
        shell("sync")
        shell("accept", lead.id, *ACCEPT, "--offline")
        shell.patch.setattr(sys, "stdin", Terminal())
        told = shell(*words)
        assert told.code == Exit.INTERRUPTED
        assert "fault" not in told.stderr
        assert [each["lead_id"] for each in shell("outbox", "--json").json] == [lead.id]

    def test_a_fault_goes_to_the_log_and_not_to_the_screen(self, tmp_path: Path) -> None:
        code = (
            "from leadqueue.cli import main as program\n"
            "def fail(): raise ValueError('of lead ada@engines.example')\n"
            "program.app = fail\n"
            "program.main()"
        )
        env = os.environ | {"LEADQUEUE_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, env=env
        )
        assert done.returncode == Exit.FAULT
        assert "Traceback" not in done.stderr
        assert "ada@" not in done.stderr
        log = tmp_path / "log" / "leadqueue.log"
        assert str(log) in done.stderr
        assert "builtins.ValueError at <string>:2 fail < " in log.read_text()
        assert "ada@" not in log.read_text()
        assert log.stat().st_mode & 0o077 == 0

    def test_a_reader_that_leaves_is_no_fault(self, tmp_path: Path) -> None:
        shown = subprocess.run(
            ["/bin/sh", "-c", f"{sys.executable} -m leadqueue.cli.main --help | head -n 1"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"LEADQUEUE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        assert shown.returncode == 0
        assert "Traceback" not in shown.stderr
        assert "BrokenPipe" not in shown.stderr


class TestReading:
    def test_the_queue_as_data(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        told = shell("queue", "--json")
        assert told.code == Exit.DONE
        [row] = told.json
        assert (row["id"], row["stage"], row["company"]) == (lead.id, "mql", "Analytical Engines")
        assert row["due_at"].endswith("Z")
        assert row["owner_id"] == shell.world.rita.id
        assert row["version"] == lead.versions.sales
        assert shell("queue", "--search", "nobody", "--json").json == []

    def test_blanks_around_a_sign_hide_no_lead(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        for text in ("score>1", "score > 1", "score >1", "company: engines", "stage = mql"):
            assert [row["id"] for row in shell("queue", "--filter", text, "--json").json] == [lead.id], text
        told = shell("queue", "--filter", "scor > 70")
        assert told.code == Exit.USAGE
        assert "did you mean score?" in told.stderr

    def test_an_or_in_one_filter_does_not_reach_into_another(self, shell: Shell) -> None:
        shell.world.lead(company_name="Harbour")
        shell("sync")
        shell.home.views_file.parent.mkdir(parents=True, exist_ok=True)
        shell.home.views_file.write_text('[[view]]\nname = "Two"\nfilter = "harbour or engines"\n')
        either = ("--filter", "harbour or engines")
        assert len(shell("queue", *either, "--json").json) == 1
        assert shell("queue", *either, "--search", "nobody", "--json").json == []
        assert shell("queue", "--view", "Two", "--filter", "score>100000", "--json").json == []
        assert shell("queue", "--view", "Two", *either, "--search", "ada", "--json").json != []
        assert shell("export", *either, "--search", "nobody", "--format", "json").json == []

    def test_nothing_that_a_terminal_obeys_comes_out(self, shell: Shell) -> None:
        shell.world.lead(
            first_name="\x1b]0;owned\x07", last_name="[@click=app.quit]x[/]", company_name="=1+1"
        )
        shell("sync")
        for words in (("queue",), ("show", "ada@engines.example"), ("export",), ("queue", "--json")):
            assert "\x1b" not in shell(*words).stdout
            assert "\x07" not in shell(*words).stdout

    @pytest.mark.parametrize(
        "words", [("show", "184"), ("journey", " 1 "), ("accept", "184"), ("inbox", "drop", "184")]
    )
    def test_how_much_of_an_id_is_enough_is_told(self, shell: Shell, words: tuple[str, ...]) -> None:
        shell("sync")
        told = shell(*words)
        assert told.code == Exit.NOT_FOUND
        assert f"'{words[-1].strip()}' is too short; give 4 characters or more of the " in told.stderr

    def test_a_lead_that_is_not_there_is_told_in_plain_words(self, shell: Shell) -> None:
        shell("sync")
        assert "no lead within your reach is called '1846'" in shell("show", "1846").stderr

    def test_a_lead_by_address_end_and_beginning(self, shell: Shell) -> None:
        first, second = shell.world.lead(), shell.world.lead(email="grace@harbour.example")
        shell("sync")
        assert shell("show", "grace@harbour.example", "--json").json["id"] == second.id
        assert shell("show", first.id[-8:], "--json").json["id"] == first.id
        assert shell("show", "nobody@nowhere.example").code == Exit.NOT_FOUND
        several = shell("show", first.id[:8])
        assert several.code == Exit.NOT_FOUND
        assert several.stdout == ""

    def test_the_journey_needs_the_server(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        shell("accept", lead.id, *ACCEPT)
        told = shell("journey", lead.id, "--json").json
        assert [entry["event"] for entry in told["entries"]] == ["received", "accept"]
        shell.cut()
        assert shell("journey", lead.id).code == Exit.UNREACHABLE

    def test_the_journey_tells_what_was_decided(self, shell: Shell) -> None:
        lead, other = shell.world.lead(), shell.world.lead(email="grace@harbour.example")
        shell("sync")
        note = "Asked twice\x1b[2J\nand never heard back"
        assert shell("reject", lead.id, "--reason", "no_budget", "--note", note).code == Exit.DONE
        shell("accept", other.id, *ACCEPT)
        shell("touch", other.id, "--set", "touch_channel=call", "--set", "touch_outcome=no_answer")
        received, rejected = shell("journey", lead.id).stdout.splitlines()
        assert received.endswith(": to rita")
        assert "Rejected by rita: No budget · Asked twice" in rejected
        assert "and never heard back" in rejected
        assert "\x1b" not in rejected
        [*_, touched] = shell("journey", other.id).stdout.splitlines()
        assert "by rita: Call · No answer" in touched

    def test_both_sides_agree(self, shell: Shell) -> None:
        shell.world.lead()
        shell("sync")
        assert shell("digest", "--json").json["same"] is True
        shell.world.lead()
        assert shell("digest").code == Exit.CONFLICT

    def test_an_export_that_no_spreadsheet_runs(self, shell: Shell, tmp_path: Path) -> None:
        shell.world.lead(company_name='=HYPERLINK("http://x")')
        shell("sync")
        [row] = csv.DictReader(io.StringIO(shell("export").stdout))
        assert row["company_name"].startswith("'=")
        target = tmp_path / "out.json"
        assert shell("export", "--format", "json", "--output", str(target)).code == Exit.DONE
        assert json.loads(target.read_text())[0]["company_name"].startswith("=")
        assert shell("export", "--output", str(target)).code == Exit.USAGE
        assert json.loads(target.read_text()), "it is as it was"
        assert shell("export", "--output", str(target), "--force").code == Exit.DONE

    def test_a_dash_is_standard_output(
        self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shell.world.lead()
        shell("sync")
        monkeypatch.chdir(tmp_path)
        for _ in range(2):
            assert shell("export", "-o", "-").stdout == shell("export").stdout != ""
        assert not (tmp_path / "-").exists()

    def test_an_export_is_for_its_owner_only(self, shell: Shell, tmp_path: Path) -> None:
        shell.world.lead()
        shell("sync")
        old = tmp_path / "out.csv"
        old.write_text("for everybody")
        old.chmod(0o644)
        before = os.umask(0o022)
        try:
            assert shell("export", "-o", str(old), "--force").code == Exit.DONE
        finally:
            os.umask(before)
        assert "Analytical Engines" in old.read_text()
        assert old.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(
        ("cut", "code"),
        [
            (KeyboardInterrupt(), Exit.INTERRUPTED),
            (StoreError(Path("cache.db"), "It is damaged", "Mend it."), Exit.LOCAL_FILES),
            (OSError(28, "No space left on device"), Exit.LOCAL_FILES),
        ],
    )
    def test_an_export_that_is_cut_short_leaves_no_lead_behind(
        self, shell: Shell, tmp_path: Path, cut: BaseException, code: Exit
    ) -> None:
        def cut_short(_text: str) -> str:
            raise cut

        shell.world.lead()
        shell("sync")
        folder = tmp_path / "out"
        folder.mkdir()
        (folder / "leads.csv").write_text("as before")
        shell.patch.setattr(exporting, "spreadsheet_safe", cut_short)
        assert shell("export", "-o", str(folder / "leads.csv"), "--force").code == code
        assert {each.name: each.read_text() for each in folder.iterdir()} == {"leads.csv": "as before"}

    def test_a_folder_that_is_not_there_is_told(self, shell: Shell, tmp_path: Path) -> None:
        told = shell("export", "-o", str(tmp_path / "no" / "leads.csv"))
        assert told.code == Exit.LOCAL_FILES
        assert "cannot be written" in told.stderr

    def test_places_and_health(self, shell: Shell) -> None:
        assert shell("where", "--json").json["outbox"] == str(shell.home.outbox_file(shell.account))
        states = {each["name"]: each["state"] for each in shell("doctor", "--json").json}
        assert states["server"] == "ok"
        shell.cut()
        told = shell("doctor", "--json")
        assert told.code == Exit.FAULT
        assert {each["name"]: each["state"] for each in told.json}["server"] == "error"


class TestDeciding:
    @over_both
    def test_a_decision_goes_out_at_once(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        told = shell("accept", "ada@engines.example", *ACCEPT, "--json")
        assert told.code == Exit.DONE, told.stderr
        [stored] = told.json["stored"]
        assert (stored["lead_id"], stored["state"]) == (lead.id, "applied")
        assert shell.world.get(lead.id).stage == "sal"

    def test_what_the_definitions_refuse_names_field_and_choices(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        for words in ((), ("--reason", "not_interested"), ("--set", "reason=bad_timing")):
            told = shell("reject", lead.id, *words)
            assert told.code == Exit.REFUSED
            assert "reason" in told.stderr
        assert "no_budget" in told.stderr
        told = shell("recycle", lead.id, "--reason", "bad_timing", "--json")
        assert told.code == Exit.REFUSED
        assert [each["field"] for each in told.json["refused"][lead.id]] == ["revisit_on"]
        assert shell("outbox", "--json").json == []
        assert shell.world.get(lead.id).stage == "mql"
        done = shell("recycle", lead.id, "--reason=bad_timing", "--revisit-on=2027-03-01")
        assert done.code == Exit.DONE
        assert shell.world.get(lead.id).stage == "recycled"

    def test_a_day_may_be_in_words_seen_from_the_day_where_the_rep_works(self, shell: Shell) -> None:
        shell.world.clock.moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # the 24th in Berlin
        lead, other = shell.world.lead(), shell.world.lead()
        shell("sync")
        recycle = ("recycle", lead.id, "--reason=bad_timing", "--json", "--revisit-on")
        refused = shell(*recycle, "some day")
        assert refused.code == Exit.REFUSED
        [error] = refused.json["refused"][lead.id]
        assert (error["field"], error["code"]) == ("revisit_on", "type")
        assert "'some day' is no day; write e.g. 2026-12-01, 1 dec, " in error["message"]
        past = shell(*recycle, "today")
        assert [each["code"] for each in past.json["refused"][lead.id]] == ["not_future"]
        done = shell(*recycle, "in 3 months")
        assert done.code == Exit.DONE
        assert "Revisit on: 2027-02-24 (Wed 24 Feb 2027, in 3 months)\n" in done.stderr
        assert shell.world.get(lead.id).fields["revisit_on"] == "2027-02-24"
        plain = shell("recycle", other.id, "--reason=bad_timing", "--revisit-on=2027-02-24")
        assert plain.code == Exit.DONE
        assert "Revisit" not in plain.stderr

    def test_a_slip_in_an_option_is_told(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        told = shell("reject", lead.id, "--raeson", "no_budget")
        assert told.code == Exit.USAGE
        assert "--reason" in told.stderr
        assert shell("reject", lead.id, "--set", "reason").code == Exit.USAGE
        assert shell("reject", lead.id, "--reason").code == Exit.USAGE

    def test_several_leads_with_one_command(self, shell: Shell) -> None:
        first, second = shell.world.lead(), shell.world.lead()
        shell("sync")
        shell("accept", first.id, *ACCEPT)
        told = shell("accept", first.id, second.id, *ACCEPT, "--json")
        assert told.code == Exit.REFUSED
        assert list(told.json["refused"]) == [first.id]
        assert shell.world.get(second.id).stage == "sal"

    def test_of_several_leads_each_is_found_before_anything_is_stored(self, shell: Shell) -> None:
        lead, other = shell.world.lead(), shell.world.lead()
        shell("sync")
        for name in ("zzzzz", "ada@engines.example"):  # which both are called
            told = shell("accept", lead.id, name, *ACCEPT)
            assert (told.code, told.stdout) == (Exit.NOT_FOUND, "")
            assert f"'{name}'" in told.stderr
            assert told.stderr.endswith("\n  Nothing was stored.\n")
        assert "Nothing" not in shell("accept", "zzzzz", *ACCEPT).stderr
        assert shell("outbox", "--json").json == []
        assert {shell.world.get(each.id).stage for each in (lead, other)} == {"mql"}

    def test_a_text_that_is_no_value_hides_no_other_fault(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        shell("accept", lead.id, "--acceptance-reason=strong_fit", "--offline")
        answers = EXAMPLE_VALUES[DecisionKind.QUALIFY].items()
        shell("qualify", lead.id, *(f"--set={key}={value}" for key, value in answers), "--offline")
        missing = shell("opportunity", lead.id, "--json").json["refused"][lead.id]
        told = shell("opportunity", lead.id, "--amount=abc", "--json")
        refused = told.json["refused"][lead.id]
        assert told.code == Exit.REFUSED
        assert {each["field"] for each in refused} == {each["field"] for each in missing} | {"amount"}
        assert [each["code"] for each in refused if each["field"] == "amount"] == ["type"]
        assert all(f": {each['field']}: " in told.stderr for each in refused)

    def test_without_a_network_it_waits_and_can_be_taken_back(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        told = shell("accept", lead.id, *ACCEPT, "--offline", "--json")
        assert (told.code, told.json["stored"][0]["state"]) == (Exit.DONE, "waiting")
        assert shell("show", lead.id, "--json").json["stage"] == "sal"
        assert [each["kind"] for each in shell("outbox", "--json").json] == ["accept"]
        assert [each["kind"] for each in shell("undo", "--json").json] == ["accept"]
        assert shell("show", lead.id, "--json").json["stage"] == "mql"
        shell.cut()
        told = shell("accept", lead.id, *ACCEPT)
        assert told.code == Exit.DONE
        assert "waits to be sent" in told.stderr
        shell.join()
        assert shell.world.get(lead.id).stage == "mql"

    @over_both
    def test_who_comes_second_finds_both_sides_in_the_inbox(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")
        shell.world.decide("rita", shell.world.body(lead, "reject"))
        told = shell("accept", lead.id, *ACCEPT)
        assert told.code == Exit.CONFLICT
        [item] = shell("inbox", "--json").json
        assert (item["kind"], item["stage_now"]) == ("accept", "disqualified")
        stage = {"label": "Stage", "yours": "Marketing qualified", "now": "Disqualified", "differs": True}
        assert stage in item["sides"]
        assert [each["by"] for each in item["since"]] == ["rita"]
        text = shell("inbox").stdout
        assert "Stage: yours Marketing qualified, now Disqualified" in text
        assert "Since then, rita, " in text
        assert shell("inbox", "resend", item["id"]).code == Exit.REFUSED
        assert len(shell("inbox", "--json").json) == 1, "nothing of it is lost"
        assert shell("inbox", "drop", "none").code == Exit.NOT_FOUND
        assert shell("inbox", "drop", item["id"][-8:]).code == Exit.DONE
        assert shell("inbox", "--json").json == []

    def test_who_comes_second_twice_sees_both_tries(self, shell: Shell) -> None:
        lead = shell.world.lead()
        shell("sync")

        def outrun() -> Any:  # as the JSON has it
            shell.world.decide("rita", shell.world.body(shell.world.get(lead.id), "reject"))
            shell("sync")
            [item] = shell("inbox", "--json").json
            return item

        shell("accept", lead.id, *ACCEPT, "--note=She called.", "--offline")
        first = outrun()
        assert first["earlier"] == []
        shell.world.decide("rita", shell.world.body(shell.world.get(lead.id), "reopen"))
        shell("sync")
        assert shell("inbox", "resend", str(first["id"])).code == Exit.DONE
        assert shell("inbox", "resend", str(first["id"])).code == Exit.NOT_FOUND
        [waits] = shell("today", "--json").json
        assert (waits["state"], [each["id"] for each in waits["earlier"]]) == ("waiting", [first["id"]])
        second = outrun()
        [earlier] = second["earlier"]
        assert earlier == {key: first[key] for key in earlier}
        assert earlier["values"]["note"] == "She called."
        text = shell("inbox").stdout
        [line] = [each for each in text.splitlines() if "Earlier try, " in each]
        decided = stamp(datetime.fromisoformat(first["decided_at"]), ZoneInfo(shell.account.zone))
        assert line.strip().startswith(f"Earlier try, {decided}: Strong ICP fit · She called.; ")
        assert line.count("\n") == 0
        assert any("Earlier try, " in each for each in shell("today").stdout.splitlines())
        shell.world.decide("rita", shell.world.body(shell.world.get(lead.id), "reopen"))
        shell("sync")
        assert shell("inbox", "resend", str(second["id"])).code == Exit.DONE
        shell("sync")
        assert shell("inbox", "--json").json == []
        [done] = shell("today", "--json").json
        assert done["state"] == "answered"
        assert [each["id"] for each in done["earlier"]] == [second["id"], first["id"]]
        assert sum("Earlier try, " in each for each in shell("today").stdout.splitlines()) == 2


def test_the_start_imports_no_command() -> None:
    """A command pays for its own imports only."""
    code = (
        "import sys, leadqueue.cli.main\n"
        "heavy = ('textual', 'httpx', 'sqlalchemy', 'fastapi', 'keyring', 'alembic', 'pydantic')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
