"""Hellos as curl and OpenSSL send them: by their JA3, and how one that dies of it is named where go's lives."""

import hashlib

import pytest
from octet_filters import NAME, ja3, segments

from netanalyze.settle.decide import HelloOutcome
from netanalyze.settle.fingerprints import CURL, OPENSSL, OTHERS, FingerprintQuestion, beside
from netanalyze.settle.hello import FULL
from netanalyze.settle.settlement import CONNECTIONS

MSS = 1448
REAL = {
    CURL: "0149f47eabf9a20d0893e2a44e5a6323",
    OPENSSL: "a3afc2c46ba4a7d7fbe1cfb7a3031c2f",
    FULL: "03117a8ed39ef02427ebbc39f121275c",
}
"""As tshark prints them of curl 7.88 with OpenSSL 3.0.19, of its s_client, and of go 1.27, each asked for proxy.golang.org."""
ANSWER, SILENCE = "server-hello", "silent"


def digest(form):
    suites, kinds, groups = ja3(b"".join(segments(form)))
    formats = "0-1-2" if form.likeness in ("curl", "openssl") else "0"

    def listed(octets):
        return "-".join(str(int.from_bytes(octets[at : at + 2], "big")) for at in range(0, len(octets), 2))

    text = ",".join(["771", listed(suites), "-".join(map(str, kinds)), listed(groups[2:]), formats])
    return hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize("form", REAL, ids=lambda form: form.likeness)
def test_a_hello_has_the_fingerprint_of_whom_it_resembles(form):
    assert digest(form) == REAL[form]


def test_as_curl_asks_openssl_a_hello_of_some_size_is_padded_to_512_octets():
    assert sum(map(len, segments(CURL))) == 5 + 512
    assert sum(map(len, segments(OPENSSL))) < 5 + 512


def test_the_control_has_another_fingerprint():
    assert len({digest(form) for form in (*OTHERS, *map(beside, OTHERS), FULL)}) == 5


def asked(dies):
    """The question after all hellos that it asked for, where ``dies`` says which of them do."""
    question = FingerprintQuestion(MSS)
    while (form := question.next_form(CONNECTIONS - len(question.outcomes))) is not None:
        question.outcomes.append(HelloOutcome(form, SILENCE if dies(form) else ANSWER))
    return question


def test_where_they_live_one_of_each_is_enough():
    question = asked(lambda form: False)
    assert [outcome.form for outcome in question.outcomes] == [CURL, OPENSSL]
    assert question.settled() is None


@pytest.mark.parametrize("form", OTHERS, ids=lambda form: form.likeness)
def test_a_filter_by_ja3_is_named_with_whose_it_is_beside_another_fingerprint(form):
    wanted = ja3(b"".join(segments(form)))
    settled = asked(lambda sent: ja3(b"".join(segments(sent))) == wanted).settled()
    assert (settled.bit, settled.dies, settled.lives, settled.manner) == ("fingerprint", form, beside(form), SILENCE)


def test_what_dies_with_another_fingerprint_as_well_is_not_called_one():
    settled = asked(lambda form: form.likeness == "curl").settled()
    assert (settled.bit, settled.dies, settled.why) == ("", CURL, "contradicted")


def test_a_hello_that_lives_at_its_second_try_dies_of_nothing():
    question = FingerprintQuestion(MSS, [HelloOutcome(CURL, SILENCE)])
    assert question.next_form(CONNECTIONS) == CURL
    question.outcomes.append(HelloOutcome(CURL, ANSWER))
    assert question.next_form(CONNECTIONS) == OPENSSL
    assert question.settled() is None


def test_without_a_connection_left_nothing_is_asked():
    assert FingerprintQuestion(MSS).next_form(0) is None
    assert NAME.encode() in b"".join(segments(CURL))
