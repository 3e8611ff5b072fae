"""Taking one's history along: the page, and a file in each format."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recs import streams
from recs.http import MemberRequest
from recs.services import history_export


@never_cache
@require_safe
def export(request: MemberRequest) -> HttpResponse:
    return render(request, "recs/history/export.html", {"acts": len(request.mine.deeds)})


@require_safe
def download(request: MemberRequest, name: str) -> StreamingHttpResponse:
    today = timezone.localdate().isoformat()
    if name == "marquee":
        body = history_export.ours(request.user, at=timezone.now())
        return streams.file(f"marquee-{today}.json", body, "application/json")
    if name not in history_export.TABLES:
        raise Http404
    return streams.csv_file(f"{name}-{today}.csv", history_export.TABLES[name](request.user))
