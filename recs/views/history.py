"""Bringing a history: upload, review, import, and the way back."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recs import access, history_words, imports, streams, tasks
from recs.forms_history import ChooseForm, StartForm, UploadForm, too_large
from recs.history.records import LISTED, Refusal
from recs.http import MemberRequest
from recs.models import HistoryImport, ImportedFilm
from recs.services import history
from web import pagination
from web.htmx import render_page, wants_partial

PAGE = 30
SLACK = 64 * 1024  # what a form adds round its file
Status, State = HistoryImport.Status, ImportedFilm.State


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: MemberRequest) -> HttpResponse:
    """Looking for the token reads the whole body: what is too large is refused before."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if said.isdecimal() and int(said) > history.MOST_BYTES + SLACK:
        return _upload_page(request, UploadForm(), error=too_large(), status=413)
    return _upload(request)


@csrf_protect
def _upload(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return _upload_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        run = history.upload(user=request.user, name=file.name, data=file.read())
    except Refusal as problem:
        form.add_error("file", history_words.refusal(problem))
        return _upload_page(request, form, status=422)
    return redirect("recs:history", run.pk)


@never_cache
@require_safe
def show(request: MemberRequest, pk: int) -> HttpResponse:
    """The same address through review, import and afterwards: whoever leaves or reloads finds the place again."""
    run = access.history_of(request.user, pk)
    if run.status == Status.REVIEW:
        return _review_page(request, run, StartForm())
    found = imports.counts(run)
    if run.status == Status.RUNNING:
        done = run.films.filter(state=State.MATCHED, position__lte=run.done).count()
        context: dict[str, Any] = {"run": run, "counts": found, "done": done}
        return render_page(request, "recs/history/running.html", context, partial="progress")
    context = {"run": run, "left_out": sum(found.values()) - found[State.MATCHED]}
    return render_page(request, "recs/history/done.html", context, partial="progress")


@require_POST
def choose(request: MemberRequest, pk: int, film_pk: int) -> HttpResponse:
    film = access.imported_film_of(request.user, pk, film_pk)
    form = ChooseForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        history.choose(film=film, movie_id=form.cleaned_data["movie"])
    except ValueError:
        return HttpResponseBadRequest()
    run = access.history_of(request.user, pk)
    if not wants_partial(request):
        return redirect(f"{reverse('recs:history', args=[pk])}?show={State.SEVERAL}#review")
    context = {"run": run, "line": imports.lines([film])[0], "strip": imports.strip(run, request.user, request.mine)}
    return render(request, "recs/history/review.html#chosen", context | _tabs(run, State.SEVERAL))


@require_POST
def start(request: MemberRequest, pk: int) -> HttpResponse:
    run = access.history_of(request.user, pk)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _review_page(request, run, form, status=422)
    said = form.cleaned_data
    if history.start(run=run, take_theirs=said["conflicts"] == "theirs", listed=said["listed"]):
        history.carry_on(run.pk)
    else:
        tasks.import_history(run.pk)
    return redirect("recs:history", pk)


@require_POST
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    run = access.history_of(request.user, pk)
    history.undo(run=run)  # the page that follows says so
    return redirect("recs:history", pk)


@require_POST
def discard(request: MemberRequest, pk: int) -> HttpResponse:
    history.discard(run=access.history_of(request.user, pk))
    messages.info(request, _("The upload is gone. Nothing of it was kept."))
    return redirect("recs:history_import")


@require_safe
def skipped(request: MemberRequest, pk: int) -> StreamingHttpResponse:
    """A table of all that was not taken over."""
    run = access.history_of(request.user, pk)
    return streams.csv_file(f"not-imported-{pk}.csv", _with_header(imports.skipped(run)))


def _with_header(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    yield imports.SKIPPED_HEADER
    yield from rows


def _upload_page(request: MemberRequest, form: UploadForm, *, error: str = "", status: int = 200) -> HttpResponse:
    runs = list(request.user.history_imports.all()[:20])
    context = {
        "form": form,
        "error": error,
        "runs": [(run, history_words.FORMATS.get(run.format, run.format)) for run in runs],
        "days": history.KEPT_DAYS,
        "most": history.MOST_BYTES // (1024 * 1024),
        "most_bytes": history.MOST_BYTES,
        "too_large": too_large(),
    }
    return render(request, "recs/history/upload.html", context, status=status)


def _review_page(request: MemberRequest, run: HistoryImport, form: StartForm, *, status: int = 200) -> HttpResponse:
    tabs = _tabs(run, request.GET.get("show", ""))
    films = run.films.filter(state=tabs["shown"]).order_by("position")
    page = pagination.page(request.GET.get("page"), total=tabs["counts"][tabs["shown"]], size=PAGE)
    context = {
        "run": run,
        "form": form,
        "format": history_words.FORMATS.get(run.format, run.format),
        "scale": history_words.scale(run.scale),
        "page": page,
        "page_url": f"{reverse('recs:history', args=[run.pk])}?show={tabs['shown']}&",
        "lines": imports.lines(list(films[page.offset : page.end])),
        "strip": imports.strip(run, request.user, request.mine),
        "has_list": run.films.filter(acts__contains=[[LISTED]]).exists(),
        "before": _before(run),
        **tabs,
    }
    return render(request, "recs/history/review.html", context, status=status)


def _tabs(run: HistoryImport, asked: str) -> dict[str, Any]:
    """How many films are in each state, and which of them to show."""
    found = imports.counts(run)
    shown = asked if asked in State.values else imports.first_tab(found)
    tabs = [(State(state), State(state).label, found[state]) for state in imports.TABS]
    return {"counts": found, "shown": shown, "tabs": tabs}


def _before(run: HistoryImport) -> HistoryImport | None:
    """The same file, imported before."""
    same = HistoryImport.objects.filter(user=run.user_id, digest=run.digest, status=Status.DONE)
    return same.order_by("-finished_at").first()
