"""Where the server listens, and under which names."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from server import listening
from server.commands import serve
from server.errors import StartError
from server.settings import Settings


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True), ("LOCALHOST", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("localhost.evil.example", False), ("", False)],
)  # fmt: skip
def test_only_this_machine_reaches_the_loopback_interface(host, is_loopback):
    assert listening.is_loopback(host) is is_loopback


@pytest.mark.parametrize(
    ("host", "token"),
    [("127.0.0.1", ""), ("127.0.0.1", "  "), ("0.0.0.0", ""), ("192.168.1.5", "fifteen-letters")],
)
def test_no_start_without_a_secret_that_fits_the_interface(host, token):
    with pytest.raises(StartError):
        listening.check_token(host, token)


@pytest.mark.parametrize(("host", "token"), [("127.0.0.1", "x"), ("0.0.0.0", "sixteen-letters!")])
def test_a_secret_that_fits_the_interface_is_enough(host, token):
    listening.check_token(host, token)


def test_a_port_in_use_is_refused_by_number():
    with closing(listening.listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(StartError, match=f"127.0.0.1:{port}"):
            listening.listen("127.0.0.1", port)


def test_without_a_port_the_next_free_one_is_taken(monkeypatch):
    with closing(listening.listen("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(listening, "DEFAULT_PORT", taken.getsockname()[1])
        with closing(listening.listen("127.0.0.1", None)) as found:
            assert 0 < found.getsockname()[1] - taken.getsockname()[1] < 50


def test_an_interface_that_others_reach_answers_to_this_machines_names():
    names = listening.allowed_hosts(Settings(Path(), host="0.0.0.0", allow_host=("hub.example",)))
    assert {socket.gethostname().lower(), "hub.example"} <= names
    assert listening.allowed_hosts(Settings(Path())) == {"127.0.0.1"}


def test_a_machine_without_a_name_in_the_network_still_starts(monkeypatch):
    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(listening.socket, "getaddrinfo", unknown)
    assert listening.own_addresses("nowhere") == set()


def test_an_address_of_the_sixth_version_stands_in_brackets():
    assert [listening.bracketed(host) for host in ("::1", "[::1]", "127.0.0.1")] == [
        "[::1]",
        "[::1]",
        "127.0.0.1",
    ]


@pytest.mark.parametrize(
    ("base", "forward"),
    [
        ("http://127.0.0.1:8899/", "8899:127.0.0.1:8899"),
        ("http://127.0.0.1:9000/node/7/", "9000:127.0.0.1:9000"),
        ("http://[::1]:9000/", "9000:[::1]:9000"),
        ("http://10.1.2.3:80/", "80:10.1.2.3:80"),
    ],
)
def test_the_tunnel_leads_to_where_the_server_listens(base, forward):
    assert serve.tunnel(base).startswith(f"ssh -N -L {forward} ")


def test_a_user_without_a_name_is_you(monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(serve.getpass, "getuser", nameless)
    assert serve.user_name() == "you"


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "w"}, True),
        ("darwin", {}, True),
    ],
)
def test_a_browser_is_opened_only_where_there_is_a_screen(monkeypatch, platform, environment, expected):
    monkeypatch.setattr(serve.sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert serve.has_display() is expected


def test_answers_do_not_wait_for_the_browsers_delayed_acknowledgement():
    with closing(listening.bind("127.0.0.1", 0)) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
