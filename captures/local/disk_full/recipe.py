"""The command fails without a word of its own that anybody kept, and the disk it writes to was full.

hit:        no room on the disk of its cache
near_miss:  the disk was full as well, and the command ended well: what it needed was there
"""

from captures.recipes import Conversation, Run, Timeline


def fetched():
    """The network's part: asked, answered, at rest."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches()
    return talk


CACHE = "/home/user/go/pkg/mod"

talk = fetched()
run = Run("git", "clone", "https://proxy.golang.org/m", client="git").has(talk).finds_full(CACHE, "1 s", "3 s")
hit = Timeline(talk, run=run.ends("3 s", 128))

talk = fetched()
run = Run("git", "clone", "https://proxy.golang.org/m", client="git").has(talk).finds_full(CACHE, "1 s", "3 s")
near_miss = Timeline(talk, run=run.ends("3 s", 0))
