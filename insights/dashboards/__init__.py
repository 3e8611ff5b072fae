"""The pages below /insights/, one module each: what is asked of the database, and the figures that come of it.

Everything is counted in SQL within the days that were asked for, in the reader's own time zone. Who is
counted, and what each figure means, stands on the pages themselves.
"""
