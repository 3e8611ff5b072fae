"""Mail settings from EMAIL_URL or MAIL_PROVIDER; in local mode without either, mails are printed in the terminal."""

from typing import Any
from urllib.parse import urlsplit

from config import env, provider

NOT_SENT = {"consolemail", "filemail"}


def is_printed(*, local: bool) -> bool:
    """True where mails end in the terminal, so that the pages can say so."""
    return not provider.name() and urlsplit(_url(local=local)).scheme == "consolemail"


def _url(*, local: bool) -> str:
    """EMAIL_URL; whoever sends through a provider needs none."""
    return env.text("EMAIL_URL", "consolemail://" if local or provider.name() else None)


def address(name: str) -> str:
    """An optional e-mail address."""
    value = env.text(name, "")
    if value and "@" not in value:
        env.stop(name, "must be an e-mail address")
    return value


def settings(*, local: bool) -> dict[str, Any]:
    """Django's EMAIL_* settings. Stops the start on a missing or bad EMAIL_URL outside local mode."""
    chosen = provider.name()
    url = _url(local=local)
    scheme = urlsplit(url).scheme
    if scheme not in {"smtp", "smtp+tls", "smtps", "smtp+ssl", "consolemail", "filemail"}:
        env.stop("EMAIL_URL", "must look like smtp+tls://user:password@host:587")
    if not local and not chosen and scheme in NOT_SENT:
        env.stop("EMAIL_URL", "must name a real mail server outside local mode")
    try:
        config = env.environ.email_url_config(url)
    except ValueError:
        env.stop("EMAIL_URL", "must look like smtp+tls://user:password@host:587")
    sender = env.text("DEFAULT_FROM_EMAIL", "Marquee <marquee@localhost>" if local else None)
    if "@" not in sender:
        env.stop("DEFAULT_FROM_EMAIL", "must hold an e-mail address")
    if is_printed(local=local):
        config["EMAIL_BACKEND"] = "web.mail.TerminalBackend"
    return {
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
        **{key: value for key, value in config.items() if key != "OPTIONS"},
        **provider.settings(chosen),
    }
