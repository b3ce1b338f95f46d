"""Advice where this machine, or the command itself, is the cause."""

from netanalyze.diagnosis.advice.form import Offer, Page, commands, offers
from netanalyze.diagnosis.advice.shared import CLEAN_CACHE, FASTER_LINE

PAGES = {
    "local/cache-lock-held": Page(
        where=offers("this machine: another program holds the lock; not the network"),
        fix=offers(
            Offer("See what the holder does; let it end, or end it", "ps -o pid,stat,etime,args -p {holder_pid}"),
            Offer("See who holds it, and let it end", "fuser -v {lock}", "!holder_pid"),
            Offer("See who holds a lock, and let it end", "sudo lslocks -o PID,COMMAND,PATH", "!holder_pid"),
            Offer("Or a cache of its own, for this run", "GOMODCACHE=$(mktemp -d) {again}", "go"),
            Offer("A cache on a local disk, if it lies on NFS", "go env GOMODCACHE", "go"),
        ),
        verify=commands("sudo lslocks -o PID,COMMAND,PATH"),
        no_use=offers("removing the .lock file (never: two would write at once)", "another mirror",
                      "waiting, if the holder hangs, too"),
    ),
    "local/child-holds-pipe": Page(
        where=offers("this machine: a background child of git or ssh; not the network"),
        fix=offers(
            Offer("Without a shared ssh connection, for this run",
                  "GIT_SSH_COMMAND='ssh -o ControlMaster=no -o BatchMode=yes' {again}"),
            Offer("Without a shared ssh connection, from now on",
                  "export GIT_SSH_COMMAND='ssh -o ControlMaster=no -o BatchMode=yes'"),
            Offer("See what was left, and end it", "ps -o pid,ppid,etime,args -p {holder_pid}"),
            Offer("See the children that were left", "ps -eo pid,ppid,etime,args | grep -E '[s]sh|[g]it'"),
            Offer("Without git's credential cache", "git config --global --unset credential.helper"),
        ),
        verify=commands("ps -eo pid,ppid,etime,args | grep -E '[s]sh|[g]it'"),
        no_use=offers("another network or mirror", "waiting (no timer will end it)"),
    ),
    "local/credential-prompt": Page(
        where=offers("this machine: git or ssh waits for a person; not the network"),
        fix=offers(
            Offer("Fail instead of asking, for this run",
                  "GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes' {again}"),
            Offer("Fail instead of asking, from now on", "export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false"),
            Offer("Unlock the key once", "ssh-add", "!over=http"),
            Offer("Log in once by hand: accept the host key", "ssh -T git@{host}", "to=vcs-host"),
            Offer("Log in once by hand, or store credentials (~/.netrc)"),
        ),
        verify=commands(Offer("", "ssh -o BatchMode=yes -T git@{host}", "to=vcs-host"), Offer("", "ssh-add -l", "!over=http"),
                        "git config --get-all credential.helper"),
        no_use=offers("another network or mirror", "waiting (nobody is asked where you look)"),
    ),
    "local/auth-helper-blocked": Page(
        where=offers("this machine: an authentication helper; not the network"),
        fix=offers(
            Offer("Without helpers, for this run", "GOAUTH=off {again}", "go"),
            Offer("Only .netrc, from now on", "go env -w GOAUTH=netrc", "go"),
            Offer("Without helpers, for this run", "git -c credential.helper= fetch", "git"),
            Offer("Run the helper by hand and see where it stops"),
        ),
        verify=commands(Offer("", "go env GOAUTH", "go"), "git config --get-all credential.helper"),
        no_use=offers("another network or mirror", "waiting (helpers have no timer)"),
    ),
    "local/configuration": Page(
        where=offers("this machine's settings; no packet is at fault"),
        fix=offers(
            Offer("Install {program}", "sudo apt-get install {program}", "program=git|program=hg|program=svn"),
            Offer("Put {program} where PATH finds it", "command -v {program}"),
            Offer("See the setting that the message names", "go env {setting}", "go"),
            Offer("Take back what go env -w has set", "go env -u {setting}", "go"),
            Offer("With modules and proxy on, for this run", "GO111MODULE=on GOPROXY={first_proxy},direct {again}",
                  "go !program=git !program=hg !setting=GOTOOLCHAIN"),
            Offer("Let go fetch the Go it wants, this run", "GOTOOLCHAIN=auto {again}", "go setting=GOTOOLCHAIN"),
            Offer("Take back what go env -w has set", "go env -u GOPROXY GO111MODULE GOFLAGS", "go !setting"),
            Offer("Correct the setting that the message names", None, "!go"),
        ),
        verify=commands(Offer("", "go env -changed", "go"), Offer("", "git config --list --show-origin", "git"),
                        "env | grep -iE 'proxy|^GIT|^GO'"),
        no_use=offers(CLEAN_CACHE, "another network", "waiting"),
    ),
    "local/egress-dropped": Page(
        where=offers("this machine: its firewall drops what goes out; server not reached"),
        fix=offers(
            Offer("See what the firewall drops", "sudo nft list ruleset | grep -nE 'output|drop|reject'"),
            Offer("See what the firewall drops (iptables)", "sudo iptables -S OUTPUT"),
            Offer("Let the port out (until it restarts)", "sudo iptables -I OUTPUT -p tcp --dport {port} -j ACCEPT"),
            Offer("Also: an application firewall, or a container's policy"),
        ),
        verify=commands(Offer("", "nc -vz -w 5 {host} {port}"), Offer("", "nc -vz -w 5 {target} {port}"),
                        "sudo iptables -nvL OUTPUT"),
        no_use=offers("another mirror on the same port", "another network"),
    ),
    "local/disk-full": Page(
        where=offers("this machine: no room to write; network and server are fine"),
        fix=offers(
            Offer("See what is full, room or inodes", 'df -h "$(go env GOMODCACHE)"; df -i "$(go env GOMODCACHE)"', "go"),
            Offer("See what is full, room or inodes", "df -h . ; df -i .", "!go"),
            Offer("A cache on another disk, for this run", "GOMODCACHE=/var/tmp/modcache {again}", "go"),
            Offer("Empty the build cache first", "go clean -cache", "go"),
            Offer("Then the module cache: all is fetched anew", "go clean -modcache", "go"),
            Offer("Free some room, or raise the quota", None, "!go"),
        ),
        verify=commands(Offer("", 'df -h "$(go env GOMODCACHE)" "${{TMPDIR:-/tmp}}"', "go"), 'df -h . "${{TMPDIR:-/tmp}}"'),
        no_use=offers(Offer("another GOPROXY", None, "go"), "running it again as it is"),
    ),
    "local/busy": Page(
        where=offers("this machine: busy or stopped; the network owed nothing"),
        fix=offers(
            Offer("Let the stopped process go on", "kill -CONT {stopped_pid}"),
            Offer("See what keeps it busy", "ps -eo pid,stat,pcpu,wchan:20,args --sort=-pcpu | head"),
            Offer("A stopped process (state T) goes on with: kill -CONT", None, "!stopped_pid"),
            Offer("Take the cache out of the virus scanner; local disk"),
        ),
        verify=commands("vmstat 1 5"),
        no_use=offers("another mirror or network", FASTER_LINE),
    ),
    "local/cache-corrupt": Page(
        where=offers("what arrived or lay in the cache; the transfer itself was whole"),
        fix=offers(
            Offer("See what in the cache is damaged", "go mod verify", "go"),
            Offer("Fetch it again into a cache of its own, this run", "GOMODCACHE=$(mktemp -d) {again}", "go"),
            Offer("If that works: empty the cache", "go clean -modcache", "go"),
            Offer("If not: another proxy may have the true copy", "GOPROXY={mirror},direct {again}", "go"),
            Offer("See what is damaged", "git fsck", "git"),
            Offer("Delete the damaged copy, and fetch it again", None, "!go"),
        ),
        verify=commands(Offer("", "go mod verify", "go"), Offer("", "git fsck", "git"), "sha256sum -c SHA256SUMS"),
        no_use=offers(Offer("GOSUMDB=off (it hides a changed module)", None, "go"), Offer("deleting go.sum", None, "go"),
                      Offer("waiting", None, "!go")),
    ),
    "local/serial-requests": Page(
        where=offers("the client asks one thing at a time; network and server are fine"),
        fix=offers(
            Offer("More at a time, for this run", "GOMAXPROCS=16 {again}", "go"),
            Offer("Ask in parallel, too", "go mod download all", "go"),
            Offer("A nearer proxy, for this run", "GOPROXY={mirror},direct {again}", "go to=module-proxy"),
            Offer("Several at a time, for this run", "git -c fetch.parallel=8 fetch --all", "git"),
            Offer("Ask for several things at a time, or nearer by", None, "!go !git"),
        ),
        verify=commands(Offer("", "time GOMAXPROCS=16 {again}", "go"), Offer("", "ping -c 5 {target}"), "ping -c 5 1.1.1.1"),
        no_use=offers(CLEAN_CACHE, FASTER_LINE),
    ),
}  # fmt: skip
