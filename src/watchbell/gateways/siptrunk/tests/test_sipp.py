"""SIPp, which knows nothing of us, is the trunk: it challenges, answers, presses keys, is busy, over UDP and TCP."""

import asyncio
from pathlib import Path

import pytest

from watchbell.gateways.sip.tests.test_sipp import errors, free_port, sipp
from watchbell.gateways.siptrunk.tests.office import Office, batch
from watchbell.wire.tell import Result

__all__ = ["free_port"]

CAPTURE = Path("/usr/share/sip-tester/dtmf_2833_1.pcap")
REPLY = """[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
"""
CHALLENGE = f"""<recv request="INVITE"/><send><![CDATA[
SIP/2.0 407 Proxy Authentication Required
{REPLY}Proxy-Authenticate: Digest realm="sipp.example", nonce="47ebe028cda119c35d4877b383027d28da013815", \
algorithm=MD5, qop="auth"
Content-Length: 0

]]></send><recv request="ACK"/>
<recv request="INVITE">
<action><ereg regexp="response=.[0-9a-f]+" search_in="hdr" header="Proxy-Authorization:" check_it="true" \
assign_to="1"/></action></recv><Reference variables="1"/>"""
ANSWER = f"""<send><![CDATA[
SIP/2.0 183 Session Progress
{REPLY}Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Length: 0

]]></send><send retrans="500"><![CDATA[
SIP/2.0 200 OK
{REPLY}Contact: <sip:trunk@[local_ip]:[local_port];transport=[transport]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16

]]></send><recv request="ACK"/><pause milliseconds="800"/>"""
PLAY = f'<nop><action><exec play_pcap_audio="{CAPTURE}"/></action></nop>'
BYE = """<recv request="BYE" timeout="15000"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"""


def refuse(status: str) -> str:
    return f"""<recv request="INVITE"/><send><![CDATA[
SIP/2.0 {status}
{REPLY}Content-Length: 0

]]></send><recv request="ACK"/>"""


async def call(office: Office, folder: Path, port: int, transport: str, scenario: str) -> Result:
    process = await sipp(
        folder, f'<?xml version="1.0"?><scenario name="trunk">{scenario}</scenario>', "-p", str(port), "-t", transport
    )  # fmt: skip
    await asyncio.sleep(0.7)
    await office.configure(port=port, transport="tcp" if transport == "t1" else "udp", domain="sipp.example")
    await office.until(lambda: office.gateway.trunks["t1"].entry["port"] == port)
    await office.give(batch(["+15735550000"]), 30)
    assert await asyncio.wait_for(process.wait(), 15) == 0, errors(folder)
    return office.newest()[f"{0:032x}"]


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_challenges_answers_and_presses_a_key_by_its_own_capture(
    office: Office, tmp_path: Path, free_port: int, transport: str
) -> None:  # fmt: skip
    assert CAPTURE.exists(), "SIPp's captures are missing: run tools/debian_packages"
    folder = tmp_path / "sipp"
    folder.mkdir()
    result = await call(office, folder, free_port, transport, CHALLENGE + ANSWER + PLAY + BYE)
    assert result.state == "answered", result
    assert [(one.kind, one.text) for one in office.words()] == [("key", "1")]


@pytest.mark.parametrize(
    ("status", "state", "is_bad"),
    [("486 Busy Here", "busy", False), ("404 Not Found", "failed", True), ("480 Temporarily Unavailable", "no_answer",
     False), ("503 Service Unavailable", "later", False)],
)  # fmt: skip
async def test_sipp_refuses(
    office: Office, tmp_path: Path, free_port: int, status: str, state: str, is_bad: bool
) -> None:  # fmt: skip
    folder = tmp_path / "sipp"
    folder.mkdir()
    result = await call(office, folder, free_port, "u1", refuse(status))
    assert (result.state, result.is_bad_address) == (state, is_bad)
