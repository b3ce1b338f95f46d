"""Several captures of one path, from the client's to the server's: where on it something happened.

- ``points``: each capture, analysed by itself, with its packets as columns
- ``sightings``: a connection as one point saw it; ``joining``, ``hellos``: which flows of two points are one connection
- ``clocks``: how far the points' clocks are apart, with an error that packets bound
- ``trails``: each connection from point to point
- ``spans``: what became of packets between two points; ``tls_ends``: who ends TLS
- ``itinerary``, ``lookups``: one wait followed along the path; ``places``: the answer
- ``verdict``: the one verdict; ``comparison``: all of it together, and its JSON; ``sentences``, ``text``: how it is told
"""
