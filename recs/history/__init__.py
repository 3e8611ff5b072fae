"""Files in which people bring their history, read without trusting them: no Django, no database, nothing on disk.

`reading.read` turns an uploaded file into a `History`; `matching.Index` finds the films of a catalogue that it names.
"""
