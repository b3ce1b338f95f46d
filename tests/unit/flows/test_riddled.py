"""A capture that lacks segments is called lossy where the recorder must have lost them, and not where a path may have."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze


def download(port=51000, octets="400 kB"):
    """A download, and the frames in which its server speaks."""
    talk = Conversation(client=f"192.0.2.10:{port}").dns("proxy.golang.org", "198.51.100.5").handshake().opens()
    talk.response(octets)
    return talk.exits()


@pytest.fixture
def diagnosed(tmp_path):
    """The kinds of trouble in a capture that lacks every so manieth full segment of some downloads, so many at the most."""

    def of(*talks, every, most=10**9):
        kept = []
        for talk in talks:
            full = [i for i, (_, octets) in enumerate(talk.frames) if len(octets) > 1400]
            lacking = set(full[every::every][:most])
            talk.frames[:] = [frame for i, frame in enumerate(talk.frames) if i not in lacking]
            kept.append(len(lacking))
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(*talks).octets())
        kinds = {row["kind"] for row in analyze([path]).to_json()["capture"]["diagnostics"]}
        return kinds & {"acked_unseen", "capture_lossy"}, kept

    return of


def test_one_bulk_transfer_that_lacks_segments_all_along_is_enough(diagnosed):
    kinds, (count,) = diagnosed(download(), every=20)
    assert (kinds, count >= 10) == ({"acked_unseen", "capture_lossy"}, True)


def test_nine_places_may_be_anything(diagnosed):
    assert diagnosed(download(), every=20, most=9)[0] == {"acked_unseen"}


def test_a_short_flow_may_have_gone_another_way_in_part(diagnosed):
    kinds, (count,) = diagnosed(download(octets="60 kB"), every=3)
    assert (kinds, count >= 10) == ({"acked_unseen"}, True)


def test_a_place_in_some_hundred_segments_of_a_long_one_is_not_all_along(diagnosed):
    kinds, (count,) = diagnosed(download(octets="1500 kB"), every=100)
    assert (kinds, count >= 10) == ({"acked_unseen"}, True)


def test_several_flows_that_lack_some_are_a_recorder_that_could_not_keep_up(diagnosed):
    kinds, counts = diagnosed(download(octets="60 kB"), download(51001, "60 kB"), every=6)
    assert (kinds, sum(counts) >= 10) == ({"acked_unseen", "capture_lossy"}, True)


def test_a_bulk_transfer_beside_one_that_lacks_nothing_is_still_riddled(diagnosed):
    whole = download(51001, "60 kB")
    kinds, _ = diagnosed(download(), every=20)
    assert "capture_lossy" in kinds
    assert diagnosed(whole, every=10**6)[0] == set()
