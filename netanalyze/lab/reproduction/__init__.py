"""A capture's fault, made again: conversations between the kernels of two namespaces, with what the network did to them.

`observed` reads what each end said and when, `derived` makes conversations and their fates of it, `scenario_file` writes them
down, `talk` plays both ends, `fates` is what the wire does, `play` builds the stage and records.
"""
