"""What was asked for has come; then go asks for the lock of a version, which another go holds.

hit:        for 29 s, until somebody ends it
near_miss:  the holder lets go of it after 0.6 s, and the run ends well
"""

from captures.recipes import Conversation, Run, Timeline

LOCK = "/home/user/go/pkg/mod/cache/download/example.test/m/@v/v1.0.0.lock"


def fetched():
    """The network's part: asked, answered, at rest."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches()
    return talk


def waiting(run, until):
    """The wait, and who is to blame for it."""
    run.forks(4242, "go", "build", "./...", own=False)
    return run.waits("lock", "1 s", until, LOCK, holder=4242, state="S network")


talk = fetched()
run = Run("go", "mod", "download", client="go 1.27.3").has(talk)
hit = Timeline(talk, run=waiting(run, "29.8 s").ends("30 s"))

talk = fetched()
run = Run("go", "mod", "download", client="go 1.27.3").has(talk)
near_miss = Timeline(talk, run=waiting(run, "1.6 s").waits("idle", "1.6 s", "2.5 s", "futex").ends("2.5 s", 0))
