"""Many captures: a dataset of what each of them says, and what all of them say together (docs/batch.md).

``schema`` has the tables, ``rows`` makes them of a result, ``dataset`` keeps them as Parquet, ``workers`` are the processes
that analyse, ``remote`` has captures that are named by a URL, ``batch`` is the whole way.
"""
