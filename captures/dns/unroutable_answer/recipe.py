"""A public name is answered with an address that leads nowhere outside this machine.

hit:        proxy.golang.org is 0.0.0.0: a blocking resolver; the refused connection never leaves the host
near_miss:  an internal name with a private address, and the connection works
"""

from captures.recipes import Conversation, Script

hit = Script()
for question in hit.asks_both("proxy.golang.org"):
    hit.answers(question, (question.kind, {"A": "0.0.0.0", "AAAA": "::"}[question.kind]))

near_miss = Conversation(server="10.20.0.5:443")
near_miss.dns("goproxy.corp.example.test", "10.20.0.5")
near_miss.handshake().opens(sni="goproxy.corp.example.test").fetches().exits()
