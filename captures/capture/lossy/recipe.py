"""The capture itself lost frames: the client acknowledges what was never seen.

hit:        every third full-size frame of a body is missing; the interface says that it dropped them
near_miss:  the same run, whole, and a counter that says 0
"""

from captures.recipes import Conversation, Timeline

SERVER = b"\xc6\x33\x64\x05"
SOURCE_ADDRESS, FULL = slice(26, 30), 1514


def run():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B", "28 kB").exits()
    return talk


def lossy():
    story = run()
    full = [frame for frame in story.frames if frame[1][SOURCE_ADDRESS] == SERVER and len(frame[1]) == FULL]
    missing = full[3::3]
    return Timeline(
        story,
        keep=lambda *frame: frame not in missing,
        received=len(story.frames),
        dropped=len(missing),
    )


def whole():
    story = run()
    return Timeline(story, received=len(story.frames), dropped=0)


hit = lossy
near_miss = whole
