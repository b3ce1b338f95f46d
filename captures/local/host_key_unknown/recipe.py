"""git over ssh ends at once: the forge is reached, shows its host key, and ssh knows none.

hit:        ssh's words are about the host key
near_miss:  the same talk, ssh speaks of the host key as well, and takes it: the command ended well
"""

from captures.recipes import Conversation, Run, Timeline


def met():
    """The network's part: ssh's first lines in both directions, and the end of it."""
    talk = Conversation(server="198.51.100.7:22").dns("git.example.test", "198.51.100.7")
    talk.handshake()
    talk.server.sends(b"SSH-2.0-OpenSSH_9.6\r\n")
    talk.client.acknowledges()
    talk.client.sends(b"SSH-2.0-OpenSSH_9.2\r\n")
    talk.server.acknowledges()
    return talk.link_is_alive()


def run(talk, words, code):
    """git, which printed these words."""
    told = Run("git", "clone", "ssh://git@git.example.test/team/x", client="git").has(talk)
    for line in words:
        told.prints("0.4 s", line)
    return told.ends("1 s", code)


END = "fatal: Could not read from remote repository."

talk = met()
hit = Timeline(talk, run=run(talk, ("Host key verification failed.", END), 128))

talk = met()
near_miss = Timeline(
    talk, run=run(talk, ("Warning: Permanently added 'git.example.test' (ED25519) to the list of known hosts.",), 0)
)
