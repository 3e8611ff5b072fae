"""Where editors keep the catalogue: films with their genres and credits, people, genres, and what the
editors recommend."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.models import Credit, EditorsPick, Genre, Movie, MovieGenre, Person


class GenreInline(admin.TabularInline):
    model = MovieGenre
    extra = 1


class CreditInline(admin.TabularInline):
    model = Credit
    extra = 1
    autocomplete_fields = ("person",)
    ordering = ("cast_type", "order")


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):
    list_display = ("title", "release_date", "director", "original_language", "certification", "updated_at")
    list_filter = ("certification", "original_language", "genres")
    search_fields = ("title", "original_title", "=omdb_id", "=tmdb_id")
    prepopulated_fields = {"slug": ("title",)}
    # What people do and what other sites count is not typed in by hand.
    readonly_fields = ("our_rating", "our_rating_count", "popularity_score", "trend_score", "views", "like_count")
    date_hierarchy = "release_date"
    show_full_result_count = False
    list_per_page = 50
    inlines = (GenreInline, CreditInline)


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("name", "tmdb_id")
    search_fields = ("name", "=tmdb_id")
    prepopulated_fields = {"slug": ("name",)}
    show_full_result_count = False


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):
    list_display = ("name", "tmdb_id")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(EditorsPick)
class EditorsPickAdmin(admin.ModelAdmin):
    list_display = ("movie", "starts_on", "ends_on", "note", "created_by")
    search_fields = ("movie__title", "note")
    autocomplete_fields = ("movie",)
    list_select_related = ("movie", "created_by")
    date_hierarchy = "starts_on"

    def save_model(self, request: HttpRequest, obj: EditorsPick, form: Any, change: bool) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
