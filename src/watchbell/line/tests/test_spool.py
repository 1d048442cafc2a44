"""What a gateway has accepted survives its own death, a torn write included."""

import pytest

from watchbell.line.spool import Memory, Spool


async def _kept(path, *keys):
    spool = Spool(path)
    for key in keys:
        await spool.append(key, key.encode() * 3)
    spool.close()


async def test_what_was_accepted_comes_back_in_order_and_what_is_done_does_not(tmp_path):
    path = tmp_path / "spool"
    await _kept(path, "a", "b", "c")
    spool = Spool(path)
    await spool.done("b")
    await spool.done("never kept")
    spool.close()
    again = Spool(path)
    assert again.pending() == [("a", b"aaa"), ("c", b"ccc")]
    again.close()


@pytest.mark.parametrize("cut", range(1, 14))
async def test_a_torn_last_write_costs_only_itself(tmp_path, cut):
    path = tmp_path / "spool"
    await _kept(path, "a", "b")
    path.write_bytes(path.read_bytes()[:-cut])
    spool = Spool(path)
    assert [key for key, _ in spool.pending()] == ["a"]
    await spool.append("c", b"after")
    spool.close()
    again = Spool(path)
    assert [key for key, _ in again.pending()] == ["a", "c"]
    again.close()


async def test_a_spool_that_is_done_becomes_small_again(tmp_path):
    path = tmp_path / "spool"
    spool = Spool(path, compact_bytes=100)
    await spool.append("a", b"x" * 200)
    await spool.done("a")
    spool.close()
    assert path.stat().st_size == 0 and path.stat().st_mode & 0o777 == 0o600


def test_a_memory_forgets_what_is_old_and_passes_over_a_torn_line(tmp_path):
    path = tmp_path / "done"
    memory = Memory(path, 100, now=1000)
    memory.keep("old", 850, b"1")
    memory.keep("new", 950, b"2")
    memory.keep("new", 960, b"3")
    memory.close()
    with path.open("ab") as file:
        file.write(b"torn\t9")
    again = Memory(path, 100, now=1000)
    assert again.get("old") is None and again.get("torn") is None and again.get("new") == (960.0, b"3")
    again.close()


def test_a_memory_lets_go_while_it_runs(tmp_path):
    path = tmp_path / "memory"
    memory = Memory(path, 100, now=1000)
    memory.keep("old", 1000, b"a")
    memory.keep("new", 1080, b"b")
    memory.forget(1110)
    memory.keep("newest", 1110, b"c")
    assert memory.get("old") is None and memory.get("new") == (1080.0, b"b")
    memory.close()
    again = Memory(path, 100, now=1110)
    assert again.get("old") is None and again.get("newest") == (1110.0, b"c") and path.stat().st_mode & 0o777 == 0o600
    again.close()
