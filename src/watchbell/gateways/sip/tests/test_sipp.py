"""SIPp, which knows nothing of us, answers our pages and dials our codes, over UDP and TCP."""

import asyncio
import shutil
import socket
from pathlib import Path

import pytest

from watchbell.gateways.sip.tests.test_service import School, school
from watchbell.wire.press import PanicPressed

__all__ = ["school"]

UAS = """<?xml version="1.0"?><scenario name="speaker">
<recv request="INVITE"/><send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Length: 0

]]></send><send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000

]]></send><recv request="ACK"/><recv request="BYE"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>"""

UAC = """<?xml version="1.0"?><scenario name="code call">
<send retrans="500"><![CDATA[
INVITE sip:*99@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Room 12" <sip:4312@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:*99@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:4312@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000

]]></send><recv response="100" optional="true"/><recv response="180" optional="true"/>
<recv response="200" rrs="true"/><send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Room 12" <sip:4312@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:*99@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send><send retrans="500"><![CDATA[
INVITE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Room 12" <sip:4312@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:*99@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 INVITE
Contact: <sip:4312@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687638 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=recvonly

]]></send><recv response="100" optional="true"/><recv response="200"/><send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Room 12" <sip:4312@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:*99@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 ACK
Max-Forwards: 70
Content-Length: 0

]]></send><recv request="BYE"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>"""


async def sipp(folder: Path, scenario: str, *arguments: str) -> asyncio.subprocess.Process:
    found = shutil.which("sipp")
    assert found, "SIPp is missing: run tools/debian_packages"
    (folder / "scenario.xml").write_text(scenario)
    return await asyncio.create_subprocess_exec(
        found, *arguments, "-sf", str(folder / "scenario.xml"), "-i", "127.0.0.1", "-m", "1", "-timeout", "20",
        "-timeout_error", "-nostdin", "-trace_err", "-error_file", str(folder / "errors.log"), cwd=folder,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


def errors(folder: Path) -> str:
    path = folder / "errors.log"
    return path.read_text()[-2000:] if path.exists() else ""


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_answers_our_page(school: School, tmp_path: Path, free_port: int, transport: str) -> None:
    folder = tmp_path / "sipp"
    folder.mkdir()
    process = await sipp(folder, UAS, "-p", str(free_port), "-t", transport)
    await asyncio.sleep(0.7)
    entries = school.entries()
    entries[1] |= {"port": free_port, "transport": "tcp" if transport == "t1" else "udp", "ring_seconds": 5}
    await school.place.put_config("sip", entries, {"x1": "secret"})
    async with asyncio.timeout(5):
        while school.gateway.lines.by_id["e1"].entry["port"] != free_port:
            await asyncio.sleep(0.02)
    receipt = await school.order("start_page")
    assert receipt.state == "done", (receipt, errors(folder))
    call = school.gateway.lines.by_id["e1"].call
    assert call is not None and call.stream.codec == "PCMA"
    await school.order("stop_page")
    assert await asyncio.wait_for(process.wait(), 15) == 0, errors(folder)


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_dials_a_code_and_asks_again_during_the_call(
    school: School, tmp_path: Path, free_port: int, transport: str
) -> None:
    folder = tmp_path / "sipp"
    folder.mkdir()
    process = await sipp(
        folder, UAC, f"127.0.0.1:{school.gateway.agent.port}", "-p", str(free_port), "-t", transport
    )  # fmt: skip
    press = (await school.place.wait_for(PanicPressed, "press", 1, 8))[0]
    assert press.place_name == "Room 12"
    assert await asyncio.wait_for(process.wait(), 25) == 0, errors(folder)
    assert len(school.place.messages(PanicPressed, "press")) == 1


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
