"""docs/clients/*.md and docs/zh/clients/*.md: a page per client, of what netanalyze/clients/ holds and clients.toml adds."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from build_tools.docs.cells import cell
from netanalyze.clients import CLIENTS
from netanalyze.clients.client import Client, Timer
from netanalyze.doctor import CLIENTS as EXAMINED
from netanalyze.report.markdown import table

NOTES = Path(__file__).with_name("clients.toml")
ADDRESS = "198.51.100.10"
SHOWN_AFTER_S = 6.2
"""How long the waits of the examples have lasted."""


class Words(NamedTuple):
    """What stands on each of the pages, in one language."""

    watch: str
    judge: str
    settings: str
    waits: str
    waits_say: str
    limits: str
    limits_say: str
    limits_head: tuple[str, ...]
    ends: str
    goes_on: str
    for_ever: str
    only_with: str
    again: str
    retries: dict[str, str]
    changes: str
    changes_head: tuple[str, ...]
    look: str
    names: str
    names_head: tuple[str, ...]
    other: str
    phases: dict[str, str]


ENGLISH = Words(
    "Run it under a capture; the report comes when it ends, or when you press Ctrl-C:",
    "Or judge a capture of it that you have:",
    "Before you run it, ask whether a setting will hinder it (nothing is sent):",
    "What its waits look like",
    "While it hangs, a line below its output says so:",
    "How long it waits",
    "After `gives up` it fails; after `goes on` it tries another address, another server, "
    "or once more. Seconds are the client's own; what "
    "you set counts instead.",
    ("waits for", "seconds", "then", "it prints", "as said by"),
    "gives up", "goes on", "for ever", "only with",
    "Tries again: {retries}.",
    {},
    "What changes that",
    ("option, setting or variable", "of", "said by"),
    "What to look at",
    "How it asks for names",
    ("resolver", "sockets for A and AAAA", "seconds a try", "tries", "as said by"),
    "All clients side by side: [clients](../clients.md). What each cause means: `netanalyze rules`, [causes](../causes.md).",
    {"dns": "a name", "dial": "a connection", "tls": "TLS", "connect": "a proxy's reply to CONNECT", "response": "a response",
     "body": "the rest of a body", "keepalive": "a connection on which nothing moves"},
)  # fmt: skip

CHINESE = Words(
    "在抓包下运行它；命令结束或您按下 Ctrl-C 时给出报告：",
    "或者判断已有的抓包：",
    "运行之前，先问问有没有设置会妨碍它（不发送任何报文）：",
    "等待时的样子",
    "卡住期间，命令输出的下方有一行说明：",
    "它等多久",
    "“放弃”即失败；“继续”则换一个地址、换一台服务器，或再试一次。秒数是客户端自己的；您设定的值优先。",
    ("等待", "秒", "之后", "打印", "出处"),
    "放弃", "继续", "无限期", "仅当设置",
    "重试：{retries}。",
    {
        "go": "不重试：一次超时、一次重置或一个 502 就结束运行",
        "git": "不重试；http.lowSpeedLimit 和 http.lowSpeedTime 可以结束沉默的传输，默认未设置",
        "curl": "除非给出 --retry，否则不重试",
        "pip": "5 次（pip --retries），先立即重试，然后间隔 0.5、1、2、4 秒",
        "npm": "2 次（npm config fetch-retries），间隔 10 和 60 秒（fetch-retry-mintimeout、fetch-retry-maxtimeout）",
        "wget": "19 次（wget(1) --tries=20），但端口关闭或名称不存在时不重试；间隔 1、2、… 10 秒",
        "cargo": "3 次（net.retry），间隔 0.5 至 1.5、3.5、6.5 秒",
        "node": "不重试",
        "apt": "3 次（Acquire::Retries），间隔 1、2、4 秒",
        "ssh": "不重试；ssh_config(5)：ConnectTimeout 和 ServerAliveInterval 默认未设置",
        "docker": "每个层 4 次（dockerd --max-download-attempts 5）",
        "generic": "不得而知",
    },
    "什么能改变它",
    ("选项、设置或变量", "作用于", "出处"),
    "看哪里",
    "它怎样解析名称",
    ("解析器", "A 与 AAAA 的套接字", "每次秒数", "次数", "出处"),
    "各客户端的对比：[clients](../../clients.md)。每个原因的含义：`netanalyze rules`，[causes](../../causes.md)。",
    {"dns": "名称", "dial": "连接", "tls": "TLS", "connect": "代理对 CONNECT 的应答", "response": "响应",
     "body": "响应体的其余部分", "keepalive": "静止的连接"},
)  # fmt: skip


def pages(language: str) -> dict[str, str]:
    """Name of a client -> its page.

    Args:
        language: en or zh.
    """
    notes = tomllib.loads(NOTES.read_text(encoding="utf-8"))
    assert set(notes) == set(CLIENTS), f"clients.toml: {set(notes) ^ set(CLIENTS)}"
    return {name: "\n".join(_page(client, notes[name], language)) for name, client in CLIENTS.items()}


def _page(client: Client, notes: dict[str, Any], language: str) -> Iterator[str]:
    words, suffix = (ENGLISH, "") if language == "en" else (CHINESE, "_zh")
    yield f"# {client.name}\n\n{notes[f'says{suffix}']}\n\n{words.watch}\n\n    netanalyze live -- {notes['run']}\n"
    yield f"{words.judge}\n\n    netanalyze analyze hang.pcap --client {client.name}\n"
    if client.name in EXAMINED:
        yield f"{words.settings}\n\n    netanalyze doctor --client {client.name}\n"
    yield (
        f"## {words.waits}\n\n{words.waits_say}\n\n"
        + "\n".join(f"    {line}" for line in _lines(client, notes, language))
        + "\n"
    )
    yield f"## {words.look}\n\n" + "\n".join(f"- {line}" for line in notes[f"look{suffix}"]) + "\n"
    yield f"## {words.limits}\n\n{words.limits_say}\n\n{_table(words.limits_head, _limits(client, notes, words))}"
    yield words.again.format(retries=words.retries.get(client.name, client.retries)) + "\n"
    if client.options:
        rows = [
            (
                " ".join(f"`{word}`" for word in option.words),
                ", ".join(words.phases[p] for p in option.phases),
                option.source,
            )
            for option in client.options
        ]
        yield f"## {words.changes}\n\n{_table(words.changes_head, rows)}"
    styles = [(s.name, str(s.sockets), f"{s.attempt_seconds:g}", str(s.attempts), s.source) for s in client.dns]
    yield f"## {words.names}\n\n{_table(words.names_head, styles)}"
    yield words.other + "\n"


def _limits(client: Client, notes: dict[str, Any], words: Words) -> list[tuple[str, ...]]:
    """A row a timer; one for each phase that has none."""
    rows = []
    for phase in (*notes["phases"], "keepalive"):
        for timer in (t for t in client.timers if t.phase == phase):
            then = words.ends if timer.fatal else words.goes_on
            then += f" ({words.only_with} `{timer.setting}`)" if timer.setting else ""
            said = f"`{timer.error_text}`" if timer.error_text else ""
            rows.append((words.phases[phase], f"{timer.seconds:g}", then, said, f"{timer.name}; {timer.source}"))
        if phase in client.unguarded:
            rows.append((words.phases[phase], words.for_ever, "", "", ""))
    return rows


def _lines(client: Client, notes: dict[str, Any], language: str) -> Iterator[str]:
    """What the status line says of each wait."""
    from netanalyze.diagnosis.status import OwedMove
    from netanalyze.live.sentences import waiting
    from netanalyze.report.language import Language
    from netanalyze.waiting import Waiting

    shown = {
        "dns": Waiting.DNS_RESPONSE, "dial": Waiting.SYN_ACK, "tls": Waiting.SERVER_HELLO, "connect": Waiting.CONNECT_REPLY,
        "response": Waiting.RESPONSE, "body": Waiting.BODY,
    }  # fmt: skip
    now_ns = round(SHOWN_AFTER_S * 1e9)
    for phase in notes["phases"]:
        timer = _next(client, phase)
        to_proxy = phase == "connect"
        host, port = ("proxy.example.org", 3128) if to_proxy else (notes["host"], notes.get("port", 443))
        address, port = ("192.0.2.53", 53) if phase == "dns" else ("192.0.2.80" if to_proxy else ADDRESS, port)
        wait = OwedMove(
            shown[phase], 0, host, address, port, timer and round(timer.seconds * 1e9), bool(timer and not timer.fatal)
        )
        yield f"netanalyze: {Language(language).say(waiting(wait, now_ns, client.name))}"


def _next(client: Client, phase: str) -> Timer | None:
    """The first of the client's own timers that has not run out by then."""
    left = [timer for timer in client.guards(phase) if timer.seconds > SHOWN_AFTER_S]
    return min(left, key=lambda timer: timer.seconds, default=None)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return table(head, [[cell(text) for text in row] for row in rows]) + "\n"
