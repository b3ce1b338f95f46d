"""Advice where the capture itself cannot carry a verdict."""

from netanalyze.causes.advice.form import Offer, commands, offers

LIVE = offers(
    Offer("Record on every interface while it runs", "sudo netanalyze live -i any -- {again}"),
    Offer("Record on every interface while it runs", "sudo tcpdump -i any -w hang.pcap", "!again"),
)
ON_ANY = commands(Offer("", "sudo netanalyze live -i any -- {again}"), "sudo tcpdump -i any -c 20 -n")
