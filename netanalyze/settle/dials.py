"""Where nothing can be dialled: port, address or family, from what can be dialled beside it; a pure function of outcomes."""

from dataclasses import dataclass, field

ARRIVED = ("connected",)
TRIES = 2


@dataclass
class DialQuestion:
    """The outcomes so far and the dial that follows.

    Args:
        address, port: what could not be dialled.
        other_port: the one that is held beside it.
        addresses: all of the name's, the first one included.
    """

    address: str
    port: int
    other_port: int
    addresses: tuple[str, ...] = ()
    outcomes: list[tuple[str, int, str]] = field(default_factory=list)

    def tries(self, address: str, port: int) -> list[str]:
        """What came of each dial there."""
        return [manner for one, number, manner in self.outcomes if (one, number) == (address, port)]

    def arrived(self, address: str, port: int) -> bool:
        """Whether a dial arrived; a refusal did, where what is in question was no refusal."""
        manners = ARRIVED if self.tries(self.address, self.port)[:1] == ["refused"] else (*ARRIVED, "refused")
        return any(manner in manners for manner in self.tries(address, port))

    def next_dial(self) -> tuple[str, int] | None:
        """Where to dial next; None where enough is known, or nothing else is there to be dialled."""
        if self.arrived(self.address, self.port):
            return None
        if len(self.tries(self.address, self.port)) < TRIES:
            return self.address, self.port
        if not self.tries(self.address, self.other_port):
            return self.address, self.other_port
        if self.arrived(self.address, self.other_port) or self.living(kin=True):
            return None
        return next(((one, self.port) for one in self.addresses if not self.tries(one, self.port)), None)

    def living(self, kin: bool) -> list[str]:
        """The other addresses that can be dialled: those of the same family, or of the other one."""
        ipv6 = ":" in self.address
        others = [one for one in self.addresses if one != self.address and ((":" in one) == ipv6) == kin]
        return [one for one in others if self.arrived(one, self.port)]

    def bit(self) -> str:
        """What the dials come down to; ``none`` where it was one lost packet, '' where there were too few to say."""
        if self.arrived(self.address, self.port):
            return "none"
        if len(self.tries(self.address, self.port)) < TRIES or not self.tries(self.address, self.other_port):
            return ""
        if self.arrived(self.address, self.other_port):
            return "port"
        return "family" if self.living(kin=False) and not self.living(kin=True) else "address"
