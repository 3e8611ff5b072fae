"""What the web servers' processes need before our applications are loaded."""

import signal


def end_at_once_while_loading() -> None:
    """Let a worker that is asked to end while it still loads the application do so.

    Granian forks its workers with its own handlers of signals set: in a worker these do nothing, and it takes its own
    only when the application is there. A stop that falls between is lost, and the server kills the worker once its
    patience of seconds is over. Under another server, or outside of one, nothing changes.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        if getattr(signal.getsignal(number), "__module__", "").startswith("granian."):
            signal.signal(number, signal.SIG_DFL)
