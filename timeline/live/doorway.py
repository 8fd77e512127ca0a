"""The doorway: a server that this machine alone can reach, at an address that nobody can guess, until it is stopped.

It knows nothing of what it serves. What it keeps out, and how, says `timeline.live.guard`::

    with open_doorway() as doorway:
        print(doorway.address)
        doorway.serve(application)  # until Ctrl-C, SIGTERM or doorway.stop()
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError
from timeline.live.guard import Guard, Served

if TYPE_CHECKING:
    import uvicorn

_LOOPBACK = "127.0.0.1"
#: Seconds in which answers that are being given may end before they are cut off.
_GRACE = 2
_HIGHEST_PORT = 65_535


class Doorway:
    """A place on the loopback address, taken; made by `open_doorway`.

    Attributes
    ----------
    port, token
        Of the address.
    closing
        Set once the doorway is asked to close: answers that go on and on, such as streams, should end.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._server: uvicorn.Server | None = None
        self.port: int = listener.getsockname()[1]
        self.token = secrets.token_urlsafe(24)
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        """Where a browser of this machine finds it; whoever knows it may come in."""
        return f"http://{_LOOPBACK}:{self.port}/{self.token}/"

    def serve(self, served: Served, complain: Callable[[str], None] = lambda _: None) -> None:
        """Answer requests until Ctrl-C, SIGTERM or `stop`; what is being answered then is ended first.

        Parameters
        ----------
        served
            An ASGI application, such as Starlette's; it sees paths without the token.
        complain
            Told in a sentence of what the application got wrong.
        """
        import uvicorn

        guard = Guard(served, self.port, self.token, complain)
        config = uvicorn.Config(
            guard, http="h11", ws="none", lifespan="off", loop="asyncio", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, timeout_graceful_shutdown=_GRACE, timeout_keep_alive=30,
        )  # fmt: skip
        self._server = server = uvicorn.Server(config)
        leave = server.handle_exit

        def closed(sig: int, frame: FrameType | None) -> None:
            self.closing.set()
            leave(sig, frame)

        server.handle_exit = closed  # type: ignore[method-assign]
        with _quiet(), _asked_to_end():
            if not self.closing.is_set():
                server.run(sockets=[self._listener])

    def stop(self) -> None:
        """Have `serve` end, from any thread; nothing if it has ended."""
        self.closing.set()
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Give the place back."""
        self._listener.close()


@contextmanager
def open_doorway(port: int | None = None, name: str = "explore", otherwise: str = "") -> Iterator[Doorway]:
    """Take a place on the loopback address.

    Parameters
    ----------
    port
        Which; any that is free if left out.
    name
        Of the command that opens it, for messages.
    otherwise
        What else can be done where what serves pages is not installed.

    Raises
    ------
    ConfigError
        If the port is none or in use, or what serves pages is not installed.
    """
    require_server(name, otherwise)
    if port is not None and not 1 <= port <= _HIGHEST_PORT:
        raise ConfigError(f"--port: given {port}, expected a number from 1 to {_HIGHEST_PORT}")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A port that was left a moment ago may be taken again; one that somebody listens at may not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port or 0))
        listener.listen()  # who comes before it serves waits
    except OSError as problem:
        listener.close()
        said = problem.strerror or str(problem)
        raise ConfigError(
            f"--port: given {port}, which cannot be taken ({said[:1].lower()}{said[1:]}), expected a free port; give "
            "another, or leave --port out for any that is free"
        ) from None
    doorway = Doorway(listener)
    try:
        yield doorway
    finally:
        doorway.close()


def require_server(name: str, otherwise: str = "") -> None:
    """Refuse where what serves pages is not installed.

    Parameters
    ----------
    name
        Of the command that serves them.
    otherwise
        What else can be done, to follow the remedy.

    Raises
    ------
    ConfigError
        With how it is installed.
    """
    missing = [package for package in ("starlette", "uvicorn") if find_spec(package) is None]
    if missing:
        raise ConfigError(
            f"timeline {name} needs {' and '.join(missing)}, not installed: pip install 'crisis-timeline[explore]'"
            f"{otherwise}"
        )


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """Take Ctrl-C and SIGTERM for a wish to end; outside the main thread nobody can send them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    # The server raises a signal again once it has closed.
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the server's own log from the terminal: what matters of it is said in sentences."""
    logger = logging.getLogger("uvicorn")
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before
