"""netanalyze settle on a path of five routers: the bit and the hop of a filter, and nothing of a path that has none."""

import subprocess
from pathlib import Path

import pytest

from netanalyze.lab.chain import toward_client
from netanalyze.lab.settling import FilterRun, run

CAPTURES = Path(__file__).parents[2] / "captures"


def is_openssl(*version):
    """Whether the curl of this machine has an OpenSSL of this version."""
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    return f"OpenSSL/{'.'.join(map(str, version))}." in said


pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("laboratory")]


def test_a_filter_by_name_on_the_third_hop_is_named_with_its_hop():
    answer = run(FilterRun("sni-reset", 3, 1))
    assert (answer.bit, answer.after) == ("sni", 3)
    assert "A ClientHello that names proxy.golang.org dies; with another name it lives." in answer.sentences
    place = f"from hop 3 ({toward_client(3)}) or from between it and hop 4 ({toward_client(4)})."
    assert answer.sentences[-1] == f"The reset comes {place}"


def test_of_a_command_that_failed_the_verdict_is_settled():
    answer = run(FilterRun("sni-reset", 4, 1), ("--", "curl", "-sS", "-m", "5", "https://proxy.golang.org/"))
    verdict = answer.document["verdict"]
    assert (answer.bit, answer.after) == ("sni", 4)
    assert (verdict["cause"], verdict["agrees"]) == ("tls/reset-after-client-hello", True)


def test_of_a_file_the_verdict_says_whom_to_ask():
    answer = run(FilterRun("none", 1, 1), (str(CAPTURES / "recorded" / "reset-injected" / "capture.pcap"),))
    verdict = answer.document["verdict"]
    assert (answer.bit, verdict["agrees"]) == ("none", None)
    assert verdict["sentences"] == ["The verdict was tls/reset-after-client-hello; nothing of it is to be seen now."]


def test_a_hop_that_rejects_a_port_by_icmp_is_named_by_what_it_says():
    answer = run(FilterRun("port-reject", 2, 1))
    assert (answer.bit, answer.after) == ("port", 2)


def test_a_rule_of_this_machine_is_named_by_its_counter():
    answer = run(FilterRun("port-reject", 0, 1))
    assert answer.bit == "port"
    assert answer.document["settled"]["place"]["rules"] == [
        "iptables -A OUTPUT -p tcp -m tcp --dport 443 -j REJECT --reject-with icmp-admin-prohibited"
    ]


def test_where_a_rule_of_this_machine_has_no_counter_the_kernel_gives_its_reason():
    answer = run(FilterRun("port-uncounted", 0, 1))
    place = answer.document["settled"]["place"]
    assert answer.bit == "port"
    (told,) = place["kernel"]
    assert (told["reason"], told["kind"]) == ("NETFILTER_DROP", "firewall")
    assert place["rules"] == []
    assert [rule.partition(" handle ")[0] for rule in place["candidates"]] == ["nft rule inet own out"]
    sentence = "It is dropped on this machine by its firewall: the kernel gives NETFILTER_DROP in {function}."
    assert sentence.format(**told) in answer.sentences


def test_the_rule_without_a_counter_is_named_where_nft_may_trace_it_and_nothing_stays_behind():
    answer = run(FilterRun("port-uncounted", 0, 1), ("--trace-firewall", "proxy.golang.org"))
    place = answer.document["settled"]["place"]
    assert [one["rule"] for one in place["traced"]] == ["tcp dport 443 drop"]
    assert place["traced"][0]["place"].startswith("nft rule inet own out handle ")
    assert (place["rules"], place["candidates"]) == ([], [])
    assert any(one.endswith(": tcp dport 443 drop") for one in answer.sentences)
    listening = subprocess.run(["pgrep", "-f", "nft -a monitor trace"], capture_output=True, text=True).stdout
    assert not listening


@pytest.mark.skipif(not is_openssl(3, 0), reason="this curl's hello is another one")
def test_a_filter_by_the_fingerprint_of_curl_is_named_where_curl_itself_dies_of_it():
    answer = run(FilterRun("fingerprint-curl", 3, 1), ("--", "curl", "-sS", "-m", "5", "https://proxy.golang.org/"))
    assert (answer.bit, answer.after) == ("fingerprint", 3)
    assert answer.document["settled"]["dies"]["likeness"] == "curl"
    assert answer.document["verdict"]["agrees"]


def test_a_filter_by_the_fingerprint_of_openssl_is_named_with_its_hop():
    answer = run(FilterRun("fingerprint-openssl", 2, 1))
    assert (answer.bit_right, answer.hop_right) == (True, True)
    assert any("OpenSSL 3.0 dies" in one for one in answer.sentences)


def test_on_a_clean_path_no_filter_is_named():
    answer = run(FilterRun("none", 1, 1))
    assert answer.bit == "none"
    assert answer.sent < 8
