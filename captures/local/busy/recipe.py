"""What was asked for has come; then the command does not run.

hit:        it is stopped by a signal, and nobody lets it go on
near_miss:  it computes, for as long, and ends
"""

from captures.recipes import Conversation, Run, Timeline


def fetched():
    """The network's part: asked, answered, at rest."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches()
    return talk


talk = fetched()
run = Run("go", "mod", "download", client="go 1.27.3").has(talk)
hit = Timeline(talk, run=run.waits("stopped", "2 s", "19.9 s", "stopped by a signal").ends("20 s"))

talk = fetched()
run = Run("go", "build", "./...", client="go 1.27.3").has(talk)
near_miss = Timeline(talk, run=run.waits("running", "2 s", "19.9 s", share=1.8).ends("20 s", 0))
