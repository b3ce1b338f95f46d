"""A capture that may be shown to others: other addresses and names, no contents, the same verdict (docs/anonymise.md).

``keys`` says what stands for what, ``frames`` walks headers, ``streams`` and what it calls read messages, ``texts`` words,
``file`` is the whole way.
"""
