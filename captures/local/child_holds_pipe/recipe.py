"""git has answered and is gone; the ssh connection it left in the background has its output open.

hit:        go waits for the end of the pipe until somebody ends it, 18 s later
near_miss:  the connection closes after 2 s, and go goes on
"""

from captures.recipes import Run, Script, Timeline

PIPE = "pipe:[31337]"


def looked_up():
    """The network's part: the forge's name."""
    script = Script()
    script.dns("forge.example.test", "198.51.100.7")
    return script.until("20 s").link_is_alive()


def left_behind(run, until, ends=None):
    """go, git which is gone, and what git left."""
    run.forks(4712, "git", "ls-remote", "git@forge.example.test:m", at="0.1 s", ends="1 s", exit_code=0)
    run.forks(4713, "ssh:", "/home/user/.ssh/mux", "[mux]", parent=4712, at="0.3 s", ends=ends, exit_code=0)
    return run.waits("orphaned-pipe", "2 s", until, PIPE, holder=4713, state="S poll")


hit = Timeline(looked_up(), run=left_behind(Run("go", "mod", "download", client="go 1.27.3"), "19.9 s").ends("20 s"))
run = left_behind(Run("go", "mod", "download", client="go 1.27.3"), "4 s", ends="4 s")
near_miss = Timeline(looked_up(), run=run.waits("running", "4 s", "19.9 s", share=0.9).ends("20 s", 0))
