"""The command line as scripts use it: stdout is data, stderr is narration, exit codes are an interface."""

from __future__ import annotations

import csv
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.e2e.firm import Firm
from tests.e2e.serving import free_port


def test_nobody_is_logged_in(firm: Firm) -> None:
    for words in (("sync",), ("accept", "x"), ("whoami",)):
        done = firm.run("rita", *words)
        assert (done.returncode, done.stdout) == (6, ""), words
        assert "leadqueue login" in done.stderr


def test_wrong_token_wrong_place_wrong_protocol(firm: Firm) -> None:
    done = firm.run("rita", "login", "--url", firm.server.url, "--token", "lq_wrong")
    assert done.returncode == 6
    assert "does not accept this token" in done.stderr
    nobody = f"http://127.0.0.1:{free_port()}"
    done = firm.run("rita", "login", "--url", nobody, "--token", firm.tokens["rita"])
    assert done.returncode == 5
    assert "Check the address and its port, and that the server runs." in done.stderr
    secure = firm.server.url.replace("http://", "https://")
    done = firm.run("rita", "login", "--url", secure, "--token", firm.tokens["rita"])
    assert done.returncode == 5
    assert f"without TLS the address is {firm.server.url}." in done.stderr
    done = firm.run("rita", "login", "--url", f"{firm.server.url}/v1", "--token", firm.tokens["rita"])
    assert done.returncode == 5
    assert f"No leadqueue answers at {firm.server.url}/v1." in done.stderr
    assert f"Leave the path out: {firm.server.url}\n" in done.stderr
    done = firm.run("rita", "login", "--url", "http://crm.example", "--token", firm.tokens["rita"])
    assert done.returncode == 2
    assert "https://" in done.stderr
    assert firm.tokens["rita"] not in done.stderr


class OtherProtocol(BaseHTTPRequestHandler):
    """A server of another time."""

    def do_GET(self) -> None:
        body = json.dumps(
            {
                "type": "urn:leadqueue:problem:protocol-mismatch",
                "title": "Conflict",
                "status": 409,
                "detail": "2",
            }
        ).encode()
        self.send_response(409)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("LeadQueue-Server-Time", "2026-11-23T09:00:00Z")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class CaptivePortal(OtherProtocol):
    """The network's own page in place of the answer."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Welcome to the hotel</html>")


@pytest.mark.parametrize(("handler", "code"), [(OtherProtocol, 9), (CaptivePortal, 5)])
def test_something_else_answers(firm: Firm, handler: type[BaseHTTPRequestHandler], code: int) -> None:
    with HTTPServer(("127.0.0.1", 0), handler) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{other.server_address[1]}"
        done = firm.run("rita", "login", "--url", url, "--token", firm.tokens["rita"])
        other.shutdown()
        thread.join()
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert (f"No leadqueue answers at {url}.\n  Check the address" in done.stderr) is (code == 5)


def test_a_day_of_scripts(firm: Firm) -> None:
    leads = firm.hand_over(4)
    firm.log_in("rita")
    assert firm.json("rita", "sync")["pulled"] == 4
    rows = firm.json("rita", "queue")
    assert {row["id"] for row in rows} == set(leads)
    wanted = {"id", "stage", "section", "name", "company", "score", "due_at", "owner", "version"}
    assert wanted <= set(rows[0])
    done = firm.run("rita", "accept", leads[0], "--acceptance-reason", "strong_fit")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Applied: 1" in done.stderr
    refused = firm.run("rita", "reject", leads[1], "--reason", "no_bugdet")
    assert refused.returncode == 3
    assert "nearest allowed value is 'no_budget'" in refused.stderr
    assert firm.run("rita", "recycle", leads[1], "--reason", "bad_timing").returncode == 3
    told = firm.json("rita", "recycle", leads[1], "--reason", "bad_timing", "--revisit-on", "2099-01-01")
    assert [each["state"] for each in told["stored"]] == ["applied"]
    assert firm.run("rita", "accept", "nobody@nowhere.example").returncode == 7
    assert firm.run("rita", "accept", leads[2], "--acceptence-reason", "x").returncode == 2
    assert [entry["event"] for entry in firm.json("rita", "journey", leads[0])["entries"]] == [
        "received",
        "accept",
    ]
    assert firm.json("rita", "show", leads[0])["stage"] == "sal"
    exported = list(csv.DictReader(io.StringIO(firm.run("rita", "export").stdout)))
    assert {row["id"] for row in exported} == {leads[0], leads[2], leads[3]}
    assert firm.run("rita", "digest").returncode == 0
    assert {each["state"] for each in firm.json("rita", "doctor")} <= {"ok", "warning"}
    assert str(firm.folder) in firm.json("rita", "where")["outbox"]


def test_offline_a_decision_is_done_and_says_that_it_waits(firm: Firm) -> None:
    [lead] = firm.hand_over(1)
    firm.log_in("rita")
    firm.run("rita", "sync")
    firm.server.kill()
    done = firm.run("rita", "accept", lead, "--acceptance-reason", "strong_fit")
    assert done.returncode == 0
    assert "waits to be sent: 1" in done.stderr
    assert firm.json("rita", "show", lead)["stage"] == "sal"
    assert firm.run("rita", "journey", lead).returncode == 5
    assert firm.run("rita", "sync").returncode == 5
    assert firm.json("rita", "undo")[0]["kind"] == "accept"
    assert firm.json("rita", "outbox") == []
    assert firm.run("rita", "undo").returncode == 0


def test_a_conflict_is_told_and_waits_in_the_inbox(firm: Firm) -> None:
    [lead] = firm.hand_over(1)
    firm.log_in("rita")
    firm.run("rita", "sync")
    firm.decide("maya", lead, "reject", reason="no_budget")
    done = firm.run("rita", "accept", lead, "--acceptance-reason", "strong_fit")
    assert done.returncode == 4, done.stderr
    assert "Maya" in done.stderr
    [item] = firm.json("rita", "inbox")
    assert (item["status"], item["kind"], item["stage_now"]) == ("conflict", "accept", "disqualified")
    assert firm.run("rita", "inbox", "resend", item["id"]).returncode == 3
    assert firm.run("rita", "inbox", "drop", item["id"]).returncode == 0
    assert firm.json("rita", "inbox") == []


def test_logging_out_keeps_what_is_unsent(firm: Firm) -> None:
    [lead] = firm.hand_over(1)
    firm.log_in("rita")
    firm.run("rita", "sync")
    firm.run("rita", "accept", lead, "--acceptance-reason", "strong_fit", "--offline")
    done = firm.run("rita", "logout")
    assert "1 decision of " in done.stderr
    assert "never sent" in done.stderr
    firm.log_in("rita")
    assert firm.run("rita", "sync").returncode == 0
    assert firm.ask("maya", f"leads/{lead}")["stage"] == "sal"


def test_without_a_terminal_the_queue_says_so(firm: Firm) -> None:
    firm.log_in("rita")
    done = firm.run("rita")
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
