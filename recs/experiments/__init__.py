"""Who sees what in an experiment: drawing arms, and mixing two rankings; no Django, no database."""
