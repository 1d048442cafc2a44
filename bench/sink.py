"""A mail server that only counts: SMTP with PIPELINING and CHUNKING, as fast as Python does it. `sink.py <port>`.

Prints "ready", then at each line it reads: mails taken, recipients, its own CPU seconds.
"""

import asyncio
import sys
import time

import uvloop

OK = b"250 Ok\r\n"
OFFERS = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 20000000\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    mails = 0
    recipients = 0

    def connection_made(self, transport):
        self.transport, self.rest, self.in_data, self.refused = transport, b"", False, 0
        transport.write(b"220 sink ESMTP\r\n")

    def taken(self):
        Sink.mails += 1
        return b"250 2.0.0 Ok: queued as %X\r\n" % Sink.mails

    def data_received(self, data):
        raw = self.rest + data if self.rest else data
        at, out = 0, []
        while True:
            end = raw.find(b"\r\n.\r\n" if self.in_data else b"\r\n", at)
            if end < 0:
                break
            if self.in_data:
                self.in_data, at = False, end + 5
                out.append(self.taken())
                continue
            command = raw[at : at + 4].upper()
            if command == b"BDAT":
                size = int(raw[at + 5 : end].split()[0])
                if len(raw) < end + 2 + size:
                    break
                at = end + 2 + size
                out.append(self.taken())
                continue
            at = end + 2
            if command == b"RCPT":
                Sink.recipients += 1
                out.append(OK)
            elif command == b"EHLO":
                out.append(OFFERS)
            elif command == b"DATA":
                self.in_data, at = True, end  # an empty mail's dot stands right after
                out.append(b"354 Go\r\n")
            elif command == b"QUIT":
                out.append(b"221 Bye\r\n")
                self.transport.write(b"".join(out))
                self.transport.close()
                return
            else:
                out.append(OK)
        self.rest = raw[at:]
        if out:
            self.transport.write(b"".join(out))


async def main(port):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", port)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(Sink.mails, Sink.recipients, time.process_time(), flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
