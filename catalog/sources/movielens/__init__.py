"""MovieLens data sets, every edition: a folder or a .zip in, records out; nothing is unpacked to disk."""

from catalog.sources.movielens.container import Unusable
from catalog.sources.movielens.dataset import DataSet, open_set
from catalog.sources.movielens.films import Film
from catalog.sources.movielens.lines import Problem
from catalog.sources.movielens.ratings import Chunk

__all__ = ["Chunk", "DataSet", "Film", "Problem", "Unusable", "open_set"]
