"""A recording that somebody else made, full of secrets: in its command line, processes, environment, trace, HTTP heads."""

from dataclasses import replace

from captures.recipes import Conversation, Timeline
from captures.recipes.pcapng import pcapng
from netanalyze.capture.recording import RecordedRun, run_comments
from netanalyze.processes import LOCK, Process, Processes, ProcessWait
from netanalyze.redaction import show_secrets

SECOND = 1_000_000_000
HOST = "goproxy.example.test"


def conversation(secrets):
    """Redirects without end between URLs that hold secrets, and heads with secret headers."""
    talk = Conversation(server="198.51.100.5:80").dns(HOST, "198.51.100.5").handshake()
    agent = "GoCommand/1 (+https://go.dev/cmd/go)"
    for hop in range(10):
        secret = secrets[hop % len(secrets)]
        agent_and_more = f"{agent}\r\nAuthorization: Bearer {secret}\r\nCookie: a={secret}\r\nPRIVATE-TOKEN: {secret}"
        talk.get(f"/{hop % 2}?access_token={secret}&x=1", HOST, agent_and_more)
        location = f"http://u:{secret}@{HOST}/{(hop + 1) % 2}?access_token={secret}&x=1"
        talk.replies("302 Found", location=location, set_cookie=f"b={secret}")
    return Timeline(talk.passes("1 ms").both_close())


def seeded(corpus, secrets):
    """The octets of a pcapng file: frames, and the notes of a run as a tool that hides nothing would have written them."""
    frames = conversation(secrets).frames
    start, end = frames[0][0], frames[-1][0] + 9 * SECOND
    words = tuple(word for argv in corpus["command_lines"] for word in argv)
    lines = [tuple(argv) for argv in corpus["command_lines"]]
    tree = [Process(100, 1, start, argv=("sh", "-c", " ".join(words[:9])), was=(lines[1],))]
    tree += [Process(101 + at, 100, start, argv=argv) for at, argv in enumerate(lines)]
    waits = tuple(ProcessWait(one.pid, LOCK, start, end, "/c/lock", tree[0].pid) for one in tree[1:60])
    variables = {name: value for case in corpus["environments"] for name, value in case["given"].items()}
    stamp = start // SECOND
    run = RecordedRun(
        argv=words[:190],
        exit_code=1,
        start_ns=start,
        end_ns=end,
        client="go 1.27.3",
        environment={"go_env": variables, "proxies": variables, "resolvers": ["192.0.2.53"], "search": []},
        trace="".join(f"{stamp}.{at:03} {text}\n" for at, text in enumerate(corpus["texts"]))
        + f'{stamp}.900 go: x@v1: Get "http://u:{secrets[0]}@{HOST}/0?access_token={secrets[0]}": stopped after 10 redirects\n',
        processes=Processes(100, tuple(tree), waits=waits),
    )
    with show_secrets():
        comments = run_comments(replace(run, last_line=corpus["texts"][0]))
    return pcapng(frames, comments=comments)
