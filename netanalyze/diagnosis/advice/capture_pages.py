"""Advice where the capture itself cannot carry a verdict."""

from netanalyze.diagnosis.advice.form import Offer, Page, commands, offers

_LIVE = offers(
    Offer("Record on every interface while it runs", "sudo netanalyze live -i any -- {again}"),
    Offer("Record on every interface while it runs", "sudo tcpdump -i any -w hang.pcap", "!again"),
)
_ON_ANY = commands(Offer("", "sudo netanalyze live -i any -- {again}"), "sudo tcpdump -i any -c 20 -n")

PAGES = {
    "capture/no-traffic": Page(
        where=offers("the recording, not the network: nothing is proven"),
        fix=offers(
            _LIVE,
            Offer("In a container or namespace: record inside it"),
            Offer("With a proxy on this machine: record lo, too", "env | grep -i proxy"),
        ),
        verify=_ON_ANY,
        no_use=offers("judging the network from this file"),
    ),
    "capture/lossy": Page(
        where=offers("the recording, not the network: frames are missing in it"),
        fix=offers(
            Offer("Record heads only, with a large buffer", "sudo tcpdump -i any -s 300 -B 65536 -w hang.pcap"),
            Offer("Record only the hosts in question", "sudo tcpdump -i any -w hang.pcap host {target}"),
        ),
        verify=commands("sudo tcpdump -i any -s 300 -B 65536 -c 20000 -w /dev/null"),
        no_use=offers("counting losses in this file"),
    ),
    "capture/one-way": Page(
        where=offers("the recording: one direction is not in it"),
        fix=offers(_LIVE, Offer("On a switch: mirror both directions of the port")),
        verify=_ON_ANY,
        no_use=offers("judging from one direction who was silent"),
    ),
}  # fmt: skip
