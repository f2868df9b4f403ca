"""The machine of a run, in words that name nobody."""

import getpass
import socket

from helpers.pages import machine


def test_a_machine_is_described_without_names_of_hosts_users_or_folders():
    found = machine.described()
    assert found["cores"] >= 1 and found["system"]
    assert 0 < found.get("memory_gib", 1) < 1e5
    words = " ".join(map(str, found.values()))
    assert socket.gethostname() not in words and f" {getpass.getuser()} " not in f" {words} " and "/home" not in words


def test_what_the_system_does_not_tell_is_left_out(monkeypatch):
    monkeypatch.setattr(machine.Path, "read_text", lambda *_, **__: (_ for _ in ()).throw(OSError))
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "system", lambda: "Elsewhere")
    monkeypatch.setattr(machine.platform, "freedesktop_os_release", lambda: (_ for _ in ()).throw(OSError))
    found = machine.described()
    assert "processor" not in found and found["system"].startswith("Elsewhere (")
