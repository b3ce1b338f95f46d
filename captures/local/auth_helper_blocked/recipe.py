"""go asks a helper for credentials before it asks the proxy.

hit:        the helper, which GOAUTH names, does not return for 19 s
near_miss:  it answers after 1 s
"""

from captures.recipes import Run, Script, Timeline

SETTINGS = {"go_env": {"GOAUTH": "/opt/bin/token --fresh"}}


def alive():
    """The network's part: none of it is the command's."""
    return Script().until("20 s").link_is_alive()


run = Run("go", "mod", "download", client="go 1.27.3", environment=SETTINGS)
run.forks(4712, "/opt/bin/token", "--fresh", "https://proxy.example.test", at="1 s")
run.waits("sleep", "1.2 s", "19.9 s", pid=4712)
hit = Timeline(alive(), run=run.ends("20 s"))

run = Run("go", "mod", "download", client="go 1.27.3", environment=SETTINGS)
run.forks(4712, "/opt/bin/token", "--fresh", "https://proxy.example.test", at="1 s", ends="2 s", exit_code=0)
near_miss = Timeline(alive(), run=run.ends("20 s", 0))
