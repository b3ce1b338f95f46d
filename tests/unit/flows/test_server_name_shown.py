"""What prose says of a server name: the name, that there was none, or that the capture does not hold it."""

from types import SimpleNamespace as Some

import pytest

from netanalyze.flows.hello import sni_shown
from netanalyze.report.language import Language

WHOLE = Some(message=Some(sni=None))


@pytest.mark.parametrize(
    ("sni", "hello", "cut_at", "shown"),
    [
        ("go.dev", WHOLE, 96, "go.dev"),
        (None, WHOLE, 96, "none"),
        (None, None, 96, "not captured (frames cut at 96 octets)"),
        (None, Some(message=None), 0, "not whole"),
    ],
)
def test_a_name_that_was_cut_off_is_not_said_to_be_absent(sni, hello, cut_at, shown):
    said = sni_shown(Some(tls=Some(sni=sni, client_hello=hello)), cut_at)
    assert str(said) == shown
    if cut_at and hello is None:
        assert Language("zh").say(said) == "未抓到（帧在 96 字节处被截断）"
