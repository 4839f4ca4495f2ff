"""The guard of the page: who may open it, under which name, and what it may load."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from leadqueue.web.page import MOST_TABS, WebPage


class Talker:
    """Stands in for the program of a tab; the real one is driven in a real browser next door."""

    def __init__(
        self, _command: str, *, write_bytes: Callable[[bytes], Awaitable[None]], **_more: object
    ) -> None:
        self._write = write_bytes

    async def start(self, _width: int, _height: int) -> None:
        await self._write(b"hello")

    async def stop(self) -> None:
        return


@asynccontextmanager
async def served(page: WebPage) -> AsyncIterator[WebPage]:
    runner = web.AppRunner(await page._make_app())
    await runner.setup()
    await web.SockSite(runner, page._socket).start()
    yield page
    await runner.cleanup()


@pytest_asyncio.fixture
async def page(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebPage]:
    monkeypatch.setattr("textual_serve.server.AppService", Talker)
    async with served(WebPage(["true"], name="leadqueue demo")) as page:
        yield page


@pytest_asyncio.fixture
async def stranger() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest_asyncio.fixture
async def friend(page: WebPage) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(page.address) as answer:
            assert answer.status == 200
        yield session


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/download/x", "/?key=", "/?key=é"])
async def test_without_the_key_nothing_is_served(
    page: WebPage, stranger: aiohttp.ClientSession, path: str
) -> None:
    async with stranger.get(f"{page.public_url}{path}") as answer:
        assert answer.status == 403
        assert "leadqueue web" in await answer.text()


async def test_the_key_is_exchanged_for_a_cookie_that_no_script_reads(
    page: WebPage, stranger: aiohttp.ClientSession
) -> None:
    async with stranger.get(page.address, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        [cookie] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"


async def test_two_pages_on_one_machine_keep_out_of_each_others_way(
    page: WebPage, friend: aiohttp.ClientSession
) -> None:
    async with served(WebPage(["true"])) as other:
        for address in (other.address, page.public_url, other.public_url):
            async with friend.get(address) as answer:
                assert answer.status == 200


async def test_the_page_loads_nothing_from_elsewhere(page: WebPage, friend: aiohttp.ClientSession) -> None:
    async with friend.get(f"{page.public_url}/") as answer:
        policy, text = answer.headers["Content-Security-Policy"], await answer.text()
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "https:" not in text
    assert page._secret not in text


async def test_the_page_sends_to_the_terminal_by_the_name_of_its_program(
    page: WebPage, friend: aiohttp.ClientSession
) -> None:
    async with friend.get(f"{page.public_url}/") as answer:
        assert "run <code>leadqueue demo</code> in a terminal" in await answer.text()


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1"])
async def test_another_name_is_refused_even_with_the_key(
    page: WebPage, friend: aiohttp.ClientSession, host: str
) -> None:
    async with friend.get(page.address, headers={"Host": host}) as answer:
        assert answer.status == 421


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://127.0.0.1"])
async def test_a_socket_that_another_page_opens_is_refused(
    page: WebPage, friend: aiohttp.ClientSession, origin: str | None
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await friend.ws_connect(f"{page.public_url}/ws", origin=origin)
    assert refused.value.status == 403


async def test_a_tab_talks_to_a_program_of_its_own(page: WebPage, friend: aiohttp.ClientSession) -> None:
    async with friend.ws_connect(f"{page.public_url}/ws", origin=page.public_url) as socket:
        assert await socket.receive_bytes() == b"hello"


async def test_there_is_an_end_to_the_tabs(page: WebPage, friend: aiohttp.ClientSession) -> None:
    sockets = [
        await friend.ws_connect(f"{page.public_url}/ws", origin=page.public_url) for _ in range(MOST_TABS)
    ]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await friend.ws_connect(f"{page.public_url}/ws", origin=page.public_url)
    assert refused.value.status == 503
    for socket in sockets:
        assert await socket.receive_bytes() == b"hello"
        await socket.close()


def test_a_port_that_is_taken_says_so() -> None:
    first = WebPage(["true"])
    with pytest.raises(OSError, match="in use"):
        WebPage(["true"], first.port)
    first._socket.close()
