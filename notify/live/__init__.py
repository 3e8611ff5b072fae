"""Telling open pages what arrives: a process of its own (site/config/asgi.py) that holds their streams.

One connection of the process listens to the database and wakes whoever it is about; the number that is sent is always
counted by SQL. Nothing of this is reachable under WSGI, where an open stream would hold a whole thread.
"""
