"""`make run`: everything from an empty folder to a running site, in one process group."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config import cluster, env, start, supervisor

ANSWER_SECONDS = 30


class Command(BaseCommand):
    help = "Start the database, prepare the site, and run web server and worker until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data", default="", help="a MovieLens folder or zip to load instead of the demo community"
        )
        parser.add_argument("--people", type=int, help="how many people the demo community gets on the first start")
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--dev", action="store_true", help="reload when a file changes, and show tracebacks")
        parser.add_argument("--prepare-only", action="store_true", help="stop before the servers")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("this command is for local mode (MARQUEE_MODE=local); see docs/deployment.md")
        data = options["data"]
        if data and not Path(data).exists():
            raise CommandError(f"DATA: there is no {data}")
        address = f"http://{options['host']}:{options['port']}/"
        try:
            with supervisor.only_one(settings.VAR / "run.lock", f"process {os.getpid()}, {address}"):
                self._run(address, options)
        except supervisor.AlreadyRunning as other:
            raise CommandError(f"Marquee already runs from this folder ({other})") from None
        except cluster.ClusterError as problem:
            raise CommandError(str(problem)) from None

    def _run(self, address: str, options: dict[str, Any]) -> None:
        supervisor.end_leftovers(settings.VAR / "programs.json")
        if not start.port_is_free(options["host"], options["port"]):
            raise CommandError(f"port {options['port']} is taken; choose another: make run PORT={options['port'] + 1}")
        options["events_port"] = start.free_port(options["host"], options["port"] + 1)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        self.stdout.write("Marquee is starting")
        server = None
        try:
            server = start.start_database()
            start.prepare(data=options["data"], people=options["people"])
            connections.close_all()
            if not options["prepare_only"]:
                self._serve(address, options)
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")
        finally:
            connections.close_all()
            if server:
                server.stop()

    def _serve(self, address: str, options: dict[str, Any]) -> None:
        programs = [_web(options), _worker(options), *([_events(options)] if options["events_port"] else [])]
        group = supervisor.Supervisor(programs, settings.VAR / "programs.json")
        try:
            group.start()
            _wait_for_answer(address, programs[0])
            self._greet(address)
            ended = group.watch(_restart_on_change(group, programs[1:]) if options["dev"] else lambda: None)
        finally:
            group.stop()
        if ended:
            raise CommandError(f"the {ended} ended by itself; its messages are above")
        self.stdout.write("\nMarquee has stopped. Nothing is left running.")

    def _greet(self, address: str) -> None:
        self.stdout.write(f"\nMarquee is ready: {address}\n")
        call_command("demo_logins", stdout=self.stdout)
        mails = "Mails are printed here. " if settings.EMAIL_BACKEND == "web.mail.TerminalBackend" else ""
        self.stdout.write(f"\n{mails}Ctrl-C ends everything.\n")
        self.stdout.flush()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _environment(options: dict[str, Any]) -> dict[str, str]:
    path = os.pathsep.join([str(env.ROOT), str(env.ROOT / "site")])
    ports = {"PORT": str(options["port"]), "EVENTS_PORT": str(options["events_port"])}
    ours = {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **ports, **ours}


def _web(options: dict[str, Any]) -> supervisor.Program:
    host, port = options["host"], str(options["port"])
    if options["dev"]:
        command = [sys.executable, "manage.py", "runserver", f"{host}:{port}"]
        return supervisor.Program("web server", command, {**_environment(options), "DEBUG": "true"})
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port]
    command += ["--workers", "2", "--blocking-threads", "4", "--backpressure", "16", "--workers-kill-timeout", "10s"]
    return supervisor.Program(
        "web server", [*command, "--log-level", "warning", "config.wsgi:application"], _environment(options)
    )


def _events(options: dict[str, Any]) -> supervisor.Program:
    """The streams of open pages, apart from the pages: each would hold one of their threads for as long as it lasts."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--host", options["host"]]
    command += ["--port", str(options["events_port"]), "--backpressure", "20000", "--workers-kill-timeout", "5s"]
    return supervisor.Program(
        "event stream", [*command, "--log-level", "warning", "config.asgi:application"], _environment(options)
    )


def _worker(options: dict[str, Any]) -> supervisor.Program:
    command = [sys.executable, "manage.py", "run_huey", "--quiet", "--flush-locks", "--workers", "2"]
    return supervisor.Program("worker", command, _environment(options), stop_signal=signal.SIGINT)


def _wait_for_answer(address: str, web: supervisor.Program) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            if not web.running:
                raise CommandError("the web server did not start; its messages are above") from None
            if time.monotonic() > deadline:
                raise CommandError(f"the web server did not answer within {ANSWER_SECONDS} s") from None
            time.sleep(0.1)


def _restart_on_change(group: supervisor.Supervisor, others: list[supervisor.Program]) -> Any:
    """The web server reloads by itself; the others are started anew when a Python file of ours changed."""

    def newest() -> float:
        folders = (env.ROOT / name for name in ("site", "catalog", "accounts", "recs", "notify", "insights"))
        return max(path.stat().st_mtime for folder in folders for path in folder.rglob("*.py"))

    seen = newest()

    def check() -> None:
        nonlocal seen
        if (now := newest()) > seen:
            seen = now
            for program in others:
                group.restart(program)

    return check
