"""The forge wants a password, and git asks for it at the terminal.

hit:        nobody types anything for 19 s, and somebody ends it
near_miss:  the same wait, at the same terminal, of a program that has nothing to do with credentials
"""

from captures.recipes import Run, Script, Timeline

QUESTION = "Username for 'https://forge.example.test': "


def looked_up():
    """The network's part: the forge's name."""
    script = Script()
    script.dns("forge.example.test", "198.51.100.7")
    return script.until("20 s").link_is_alive()


run = Run("git", "clone", "https://forge.example.test/private", client="git")
run.forks(4712, "/usr/lib/git-core/git-remote-https", "origin", at="0.1 s")
run.waits("child", "0.5 s", "19.9 s", holder=4712)
hit = Timeline(looked_up(), run=run.waits("terminal", "1 s", "19.9 s", "/dev/tty", pid=4712).ends("20 s"))

run = Run("python3", "-c", "input()")
near_miss = Timeline(looked_up(), run=run.waits("terminal", "1 s", "19.9 s", "/dev/tty").ends("20 s", 0))
