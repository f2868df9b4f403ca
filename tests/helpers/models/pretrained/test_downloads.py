"""Downloads from a server of this test's own: fetched once, checked always, refused and deleted if damaged."""

import hashlib
import http.server
import socket
import threading

import pytest
from pooch import get_logger

from helpers.models.pretrained import downloads
from helpers.models.pretrained.downloads import Unreachable, fetch

CONTENT = b"tensors" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache/weights"


@pytest.fixture
def server():
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            found = self.path == "/folder/net.pth"
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(CONTENT) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(CONTENT)

        def log_message(self, *arguments):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()
    running.server_close()


def test_once_fetched_it_is_kept(cache, server, caplog, monkeypatch):
    monkeypatch.setattr(get_logger(), "handlers", [caplog.handler])
    address, asked = server
    for _ in range(2):
        path = fetch(f"{address}/folder/net.pth", sha256=SHA256)
        assert path.read_bytes() == CONTENT
    assert asked == ["/folder/net.pth"]
    assert list(cache.iterdir()) == [path]
    assert caplog.records == []  # a page shows nothing of it


def test_a_wrong_download_is_refused_and_deleted(cache, server):
    address, _ = server
    with pytest.raises(Unreachable, match=r"^net.pth is damaged .*, expected is 12345678; the download is deleted"):
        fetch(f"{address}/folder/net.pth", sha256="12345678")
    assert list(cache.iterdir()) == []


def test_a_file_that_was_damaged_later_is_fetched_again(cache, server):
    address, asked = server
    fetch(f"{address}/folder/net.pth", sha256=SHA256).write_bytes(CONTENT[:-1])
    assert fetch(f"{address}/folder/net.pth", sha256=SHA256).read_bytes() == CONTENT
    assert len(asked) == 2


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null/none"])
def test_where_nothing_can_be_kept(server, monkeypatch, folder):
    monkeypatch.setenv("XDG_CACHE_HOME", folder)
    with pytest.raises(Unreachable, match=r"^net\.pth cannot be kept in the cache folder"):
        fetch(f"{server[0]}/folder/net.pth", sha256=SHA256)


def test_nothing_there(cache, server):
    address, _ = server
    with pytest.raises(Unreachable, match=r"other\.pth could not be downloaded"):
        fetch(f"{address}/other.pth")
    assert list(cache.iterdir()) == []


def test_no_network(cache):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Unreachable, match=r"net\.pth could not be downloaded"):
        fetch(f"http://127.0.0.1:{port}/net.pth")
