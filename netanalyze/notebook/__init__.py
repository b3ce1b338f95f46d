"""Analysis as people explore it: DataFrames, figures, single flows and frames, each made when it is asked for.

pandas and matplotlib are imported in this package (and in netanalyze.interop), nowhere else.
"""
