"""What ends a step of a visit."""


class Refused(Exception):
    """A step failed: ``fault`` is a key of ranking.FAULTS."""

    def __init__(self, fault: str, detail: str = ""):
        super().__init__(fault, detail)
        self.fault, self.detail = fault, detail
