"""Which mirrors work from here: the clients' real work, done once at each, measured, ranked; the only part that sends.

``mirrors`` says what is asked where, ``exchange`` asks (in a process of its own, ``child``, under our own capture where that is
permitted: ``visit``), ``ranking`` judges what came back, ``table`` prints it.
"""
