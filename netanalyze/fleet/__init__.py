"""Many captures: a dataset of what each of them says, and what all of them say together (docs/batch.md).

``schema`` has the tables, ``rows`` makes them of a result, ``dataset`` keeps them as Parquet, ``tasks`` is what is done with
a capture and ``workers`` are the processes that do it, ``remote`` has captures that are named by a URL, ``batch`` is the whole
way, and ``cluster`` the way by Dask.
"""
