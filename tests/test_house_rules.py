"""The rules of docs/architecture.md that a machine can check."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGES = ["catalog", "accounts", "recs", "notify", "insights", "site/config", "site/web"]


def our_sources() -> list[pathlib.Path]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def our_templates() -> list[pathlib.Path]:
    return [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".svg"}]


def test_there_are_sources_and_templates_to_check():
    assert len(our_sources()) > 50
    assert len(our_templates()) > 20


def test_no_file_is_longer_than_400_lines():
    assert {str(path) for path in our_sources() if len(path.read_text().splitlines()) > 400} == set()


def test_no_function_is_longer_than_50_lines():
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in our_sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 50
    ]
    assert long == []


def test_no_template_is_longer_than_200_lines():
    assert {str(path) for path in our_templates() if len(path.read_text().splitlines()) > 200} == set()


def test_site_is_a_path_root_and_not_a_package():
    assert not (ROOT / "site" / "__init__.py").exists()
    assert "__init__" not in {path.stem for path in (ROOT / "site").glob("*.py")}


def test_apps_import_each_other_downwards_only():
    command = [str(pathlib.Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'site'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_import_hides_in_a_function_to_dodge_the_layers():
    apps = {"catalog", "accounts", "recs", "notify", "insights", "config"}
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in our_sources()
        if path.name != "apps.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ImportFrom) and (inner.module or "").split(".")[0] in apps
    ]
    assert hidden == []


def test_no_star_imports():
    stars = [
        str(path)
        for path in our_sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert stars == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"<script(?![^>]*\bsrc=)", "inline script"),
        (r"<style\b", "inline style sheet"),
        (r"\sstyle=", "inline style"),
        (r"\shx-on[:=-]", "script in an attribute"),
        (r"hx-vals=['\"]js:", "script in an attribute"),
        (r"\son(click|change|submit|load)=", "script in an attribute"),
        (r"https?://(cdn|unpkg|fonts\.g)", "another host's file"),
        (r"href=\"#\"", "a link that leads nowhere"),
    ],
)
def test_no_template_holds_what_the_content_security_policy_forbids(pattern, why):
    # Mails need their styles inline: no other page does.
    pages = [path for path in our_templates() if "email" not in path.parts]
    assert [str(path.relative_to(ROOT)) for path in pages if re.search(pattern, path.read_text())] == [], why


def test_a_list_that_follows_typing_does_not_ask_again_when_its_box_is_left():
    triggers = {
        f"{path.relative_to(ROOT)}: {trigger}"
        for path in our_templates()
        for trigger in re.findall(r'hx-trigger="([^"]*)"', path.read_text())
        if "input changed" in trigger and re.search(r"(^|, )change(?! from:)", trigger)
    }
    assert triggers == set()


@pytest.mark.django_db
def test_every_model_change_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


PUBLIC = {
    "home",
    "theme",
    "catalog:browse",
    "catalog:search",
    "catalog:suggest",
    "catalog:movie",
    "catalog:person",
    "catalog:genre",
    "recs:experiments",
    "recs:similar",
    "recs:tune",
    # They answer a visitor with the way to the log-in and keep the act for afterwards.
    "recs:rate",
    "recs:mark",
    "recs:undo",
    # The links of mails: what they may do is signed into them.
    "notify:unsubscribe",
    "notify:act",
    "notify:click",
    # What a browser asks for by itself, and the links of push messages.
    "notify:push_worker",
    "notify:manifest",
    "notify:push_key",
    "notify:push_renew",
    "notify:push_open",
}


def routes(patterns: list, namespace: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found += routes(pattern.url_patterns, inner)
        else:
            found.append((f"{namespace}{pattern.name}", pattern))
    return found


def test_only_the_pages_on_the_list_are_open_to_visitors():
    ours = [
        (name, pattern)
        for name, pattern in routes(get_resolver().url_patterns)
        if not name.startswith(("account_", "admin:")) and pattern.callback.__module__.split(".")[0] != "allauth"
    ]
    open_to_all = {name for name, pattern in ours if not getattr(pattern.callback, "login_required", True)}
    assert open_to_all == PUBLIC
