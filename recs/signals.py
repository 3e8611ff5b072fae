"""What recs tells the apps above it."""

from django.dispatch import Signal

# After the commit: user, movie_id, kind (an Interaction.Type), on (done or taken back), rating, source.
interaction_recorded = Signal()
