"""What a gateway says of the devices it takes for tested."""

import pytest

from watchbell.gateways.testing import Held, Told, sessions_in

ZONE = {"endpoint": "button", "test_session": "test", "test_until": 90.0}
PANEL = {"endpoint": "panel", "district": "d", "site": "s", "test_session": None, "test_until": 0.0}


@pytest.fixture
def said(tmp_path):
    class Saying:
        def __init__(self):
            self.words = []
            self.begin()

        def begin(self):
            """A process starts and finds what the one before it had said."""

            async def send(where, word, key):
                self.words.append((where, word.endpoint, word.session_mode, word.until))

            self.told = Told(tmp_path / "tested.json", "siadc09", send)

        async def hear(self, *entries):
            self.words.clear()
            await self.told.tell(entries)
            return [words[1:] for words in self.words]

    return Saying()


def test_a_zone_within_its_panel_and_a_badge_by_itself_are_found():
    badge = {"endpoint": "badge", "district": "d", "site": "s2", "test_session": "drill", "test_until": 5.0}
    module = {"district": "d", "site": "s3", "inputs": [{"endpoint": "wall", "test_session": "test", "test_until": 7}]}
    assert dict(sessions_in([{**PANEL, "zones": {"1": ZONE}}, badge, module, "odd", None])) == {
        "button": Held("d", "s", "test", 90.0), "badge": Held("d", "s2", "drill", 5.0),
        "wall": Held("d", "s3", "test", 7.0),
    }  # fmt: skip


async def test_a_beginning_and_an_end_are_said_once_each(said):
    entry = {**PANEL, "zones": {"1": ZONE}}
    assert await said.hear(entry) == [("button", "test", 90.0)]
    assert said.words[0][0] == "wb.d.s.status.siadc09.button"
    assert await said.hear(entry) == []
    assert await said.hear(PANEL) == [("button", "real", 90.0)]
    assert await said.hear(PANEL) == []


async def test_an_end_that_came_while_the_gateway_was_off_is_said_when_it_is_back(said):
    await said.hear({**PANEL, "zones": {"1": ZONE}})
    said.begin()
    assert await said.hear(PANEL) == [("button", "real", 90.0)]


async def test_a_longer_session_is_no_end_of_the_shorter_and_a_shorter_one_ends_the_longer(said):
    await said.hear({**PANEL, "zones": {"1": ZONE}})
    longer = {**PANEL, "zones": {"1": ZONE | {"test_until": 200.0}}}
    assert await said.hear(longer) == [("button", "test", 200.0)]
    assert await said.hear({**PANEL, "zones": {"1": ZONE}}) == [("button", "test", 90.0), ("button", "real", 200.0)]


async def test_a_file_that_cannot_be_read_is_said_anew(said, tmp_path):
    (tmp_path / "tested.json").write_bytes(b"{")
    assert await said.hear({**PANEL, "zones": {"1": ZONE}}) == [("button", "test", 90.0)]
