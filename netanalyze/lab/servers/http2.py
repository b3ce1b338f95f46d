"""The server's side of HTTP/2 on a TLS socket (RFC 9113), one thread per connection, streams interleaved.

Framing and flow control are h2's. Responses are sent as the flow-control windows allow; a conduct's delay, rate
or stall holds up its own stream only.
"""

import select
import socket
import ssl
import time
from dataclasses import dataclass

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from netanalyze.lab.journal import note
from netanalyze.lab.servers.http1 import reset
from netanalyze.lab.servers.replies import Content, Reply, ServedRequest

LONG_S = 3600.0
TICK_S = 0.05  # how often a stream with a rate is served


@dataclass
class ServedStream:
    """A response under way: what of it is sent, and when more may be."""

    number: int
    reply: Reply
    due: float
    begun: bool = False
    since: float = 0.0
    sent: int = 0
    paused: bool = False
    blocked: bool = False
    over: bool = False


class ServedConnection:
    """One client's connection, served until it ends."""

    def __init__(self, sock: ssl.SSLSocket, content: Content, streams: int = 250):
        self.sock, self.content = sock, content
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: streams,
                h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: 65536,
            },
        )
        self.streams: dict[int, ServedStream] = {}
        self.open = True

    def serve(self) -> None:
        """Read, answer, wait; returns when the connection is over."""
        self.h2.initiate_connection()
        self.flush()
        while self.open:
            now = time.monotonic()
            live = [stream for stream in self.streams.values() if not stream.over and not stream.blocked]
            wait = max(0.0, min((stream.due - now for stream in live), default=LONG_S))
            if self.sock.pending() or select.select([self.sock], [], [], wait)[0]:
                self.receive()
            for stream in live:
                if self.open and not stream.over and stream.due <= time.monotonic():
                    self.advance(stream)
            if self.open:
                self.flush()

    def flush(self) -> None:
        """Write what h2 has ready."""
        if octets := self.h2.data_to_send():
            self.sock.sendall(octets)

    def receive(self) -> None:
        """Take in what the client sent."""
        octets = self.sock.recv(65_536)
        if not octets:
            self.open = False
            return
        for event in self.h2.receive_data(octets):
            match event:
                case h2.events.RequestReceived():
                    target = str(dict(event.headers).get(":path", "/"))  # type: ignore[call-overload]  # text, as configured
                    reply = self.content.reply(ServedRequest(target))
                    note("response", None if reply.conduct.silent else reply.conduct.delay, self.content.name)
                    due = time.monotonic() + (LONG_S * 24 if reply.conduct.silent else reply.conduct.delay)
                    self.streams[event.stream_id] = ServedStream(event.stream_id, reply, due)
                case h2.events.StreamReset():  # go asks every 4xx twice and breaks the first off
                    if stream := self.streams.pop(event.stream_id, None):
                        stream.over = True
                case h2.events.WindowUpdated() | h2.events.RemoteSettingsChanged():
                    for stream in self.streams.values():
                        stream.blocked = False
                case h2.events.ConnectionTerminated():
                    self.open = False

    def advance(self, stream: ServedStream) -> None:
        """Send one stream's head, or the next piece of its body."""
        reply, conduct = stream.reply, stream.reply.conduct
        if not stream.begun:
            headers = [(":status", str(reply.status)), *reply.headers]
            self.h2.send_headers(stream.number, headers, end_stream=not reply.body)
            stream.begun, stream.over, stream.since = True, not reply.body, time.time()
            return
        broken = conduct.breaks_after(len(reply.body))
        end = len(reply.body) if broken is None else broken
        if conduct.pause_after is not None and not stream.paused and stream.sent >= conduct.pause_after:
            note("body", conduct.pause, self.content.name)
            stream.paused, stream.due = True, time.monotonic() + conduct.pause
            return
        room = min(self.h2.local_flow_control_window(stream.number), self.h2.max_outbound_frame_size, 16_384)
        room = min(room, end - stream.sent)
        if conduct.rate:
            room = min(room, max(1, int(conduct.rate * TICK_S)))
            stream.due = max(stream.due, time.monotonic() - TICK_S) + room / conduct.rate
        if room > 0:
            self.h2.send_data(stream.number, reply.body[stream.sent : stream.sent + room])
            stream.sent += room
        elif stream.sent < end:
            stream.blocked = True
        if stream.sent >= end:
            self.finish(stream, broken is not None)

    def finish(self, stream: ServedStream, badly: bool) -> None:
        """End a stream well, or ``badly``, as its conduct says."""
        conduct = stream.reply.conduct
        stream.over = True
        if conduct.rate:
            note("body-rate", time.time() - stream.since, self.content.name, stream.since)
        if conduct.stall_after is not None and badly:
            note("body", None, self.content.name)
        if not badly:
            self.h2.end_stream(stream.number)
        elif conduct.stream_reset_after is not None:
            self.h2.reset_stream(stream.number, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif conduct.goaway_after is not None:
            self.h2.close_connection(h2.errors.ErrorCodes.NO_ERROR, last_stream_id=stream.number)
            self.flush()
            self.close()
        elif conduct.reset_after is not None:
            self.flush()
            reset(self.sock)
            self.open = False
        elif conduct.close_after is not None:
            self.flush()
            self.close()

    def close(self) -> None:
        """Close the transport with FIN, without TLS's close_notify; unread octets would make it an RST, so read on."""
        self.open = False
        self.sock.shutdown(socket.SHUT_WR)
        while self.sock.recv(65_536):
            pass
        self.sock.close()


def serve(sock: ssl.SSLSocket, content: Content) -> None:
    """Serve one connection whose ALPN was ``h2``."""
    try:
        ServedConnection(sock, content).serve()
    except h2.exceptions.ProtocolError:
        sock.close()
