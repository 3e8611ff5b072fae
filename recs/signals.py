"""What recs tells the apps above it."""

from django.dispatch import Signal

# After the commit: user, movie_id, kind (an Interaction.Type), on (done or taken back), rating, source.
interaction_recorded = Signal()

# A row of picks was put on a page: request, page_view (of the page that it stands on), row, items (a list of movie_id,
# algorithm, rank), arm (enrolment.Arm, or None where the row belongs to no experiment), served (the algorithm that made
# most of it, None for an empty row), took_ms (to make all rows of the page), teams (who brought each film of a mixed
# list: "abba", otherwise empty), competitive (the share of a mixed list that can tell the two apart, otherwise None).
picks_shown = Signal()

# Somebody followed the link of a pick, counted once a page view and film: request, movie, row, rank, algorithm,
# page_view, arm, team.
pick_clicked = Signal()

# A training is over and everybody's stored picks have been made anew. Nothing comes with it.
everybodys_picks_made = Signal()

# After the commit: run (a HistoryImport), which has just been taken over as a whole.
history_imported = Signal()

# After the commit: experiment, about which somebody has said what came out.
experiment_concluded = Signal()
