"""A mail server that answers byte for byte what it is told: what no library would ever say."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

DROP = b""  # hangs up
Reply = bytes | Iterator[bytes]  # an iterator is sent piece by piece, as it comes
Script = Callable[[str, bytes], Reply | None]

PLAIN = {
    "GREETING": b"220 here\r\n",
    "EHLO": b"250 here\r\n",
    "DATA": b"354 go on\r\n",
    "QUIT": b"221 bye\r\n",
}


def slowly(*pieces: bytes, every: float = 0.2) -> Iterator[bytes]:
    """Each piece in time for whoever waits for one, and all of them together for ever."""
    for piece in pieces:
        time.sleep(every)
        yield piece


class RawServer:
    """`script(step, line)` says what is answered to a command ("GREETING", "EHLO", "MAIL", …, and "TEXT" for the final
    dot); None for what a friendly server would say. `texts` holds what it was given, `lines` every command."""

    def __init__(self, script: Script) -> None:
        self.script, self.texts, self.lines = script, list[bytes](), list[bytes]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                taken, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        with contextlib.suppress(OSError), taken, taken.makefile("rb") as heard:
            if not self._say(taken, "GREETING", b""):
                return
            for line in heard:
                self.lines.append(line)
                step = line[:4].decode(errors="replace").upper()
                if not self._say(taken, step, line):
                    return
                if step == "DATA" and not self._text(taken, heard):
                    return

    def _text(self, taken: socket.socket, heard: Iterator[bytes]) -> bool:
        text = b""
        for line in heard:
            if line == b".\r\n":
                self.texts.append(text)
                return self._say(taken, "TEXT", text)
            text += line
        return False

    def _say(self, taken: socket.socket, step: str, line: bytes) -> bool:
        said = self.script(step, line)
        if said is None:
            said = PLAIN.get(step, b"250 ok\r\n")
        if said == DROP:
            return False
        for piece in [said] if isinstance(said, bytes) else said:
            taken.sendall(piece)
        return True
