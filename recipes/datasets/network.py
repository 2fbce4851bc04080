"""Is there a network? Asked before TFDS is let loose on one, since it retries for minutes."""
import contextlib
import os
import socket
import threading
import time
from urllib.parse import urlsplit

HOSTS = ("https://storage.googleapis.com", "https://raw.githubusercontent.com", "https://github.com")
SECONDS = 2.0


def reachable(urls=HOSTS, seconds=SECONDS):
    """Return whether a host (or the proxy that the environment names) accepts a connection in time."""
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    found = threading.Event()
    threads = [threading.Thread(target=_connect, args=(url, seconds, found), daemon=True)
               for url in ([proxy] if proxy else urls)]
    for thread in threads:
        thread.start()
    # Looking a name up has no time limit of its own, hence threads that are left behind.
    deadline = time.monotonic() + seconds
    while not found.is_set() and time.monotonic() < deadline and any(thread.is_alive() for thread in threads):
        found.wait(0.02)
    return found.is_set()


def _connect(url, seconds, found):
    parts = urlsplit(url if "//" in url else f"//{url}")
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname, port), timeout=seconds):
        found.set()


@contextlib.contextmanager
def tfds_downloads(allowed):
    """Let TFDS download, with few retries, or make each download fail at once."""
    from tensorflow_datasets.core.download import downloader

    def refuse(url, **options):
        raise ConnectionError(f"no network for {url}")

    before = downloader.MAX_RETRIES, downloader._open_url
    downloader.MAX_RETRIES = 2 if allowed else 0
    downloader._open_url = before[1] if allowed else refuse
    try:
        yield
    finally:
        downloader.MAX_RETRIES, downloader._open_url = before
