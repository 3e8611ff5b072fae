"""How fast the outbox is emptied, against the bare mail server; whether memory stays; whether a flood keeps others
waiting. The mail server is a process of its own on this machine that takes everything.
"""

import socket
import subprocess
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench import ROOT, pages

NAME = "bench_mailing"


class Sink:
    """Takes every mail and keeps none."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(port: int) -> None:
    Controller(Sink(), hostname="127.0.0.1", port=port).start()
    while True:
        time.sleep(60)


def main() -> int:
    with pages.running() as server:
        server.drop_database(NAME)
        server.create_database(NAME)
        values = pages.environment(NAME, server, 0) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        port = free_port()
        values |= {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_PER_MINUTE": "1000000"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=values, check=True)
        sink = subprocess.Popen([sys.executable, "-m", "bench.mailing", str(port)], cwd=ROOT, env=values)
        try:
            command = [sys.executable, "-m", "bench.mailing_rounds"]
            return subprocess.run(command, cwd=ROOT, env=values, check=False).returncode
        finally:
            sink.kill()
            sink.wait()
            server.drop_database(NAME)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
