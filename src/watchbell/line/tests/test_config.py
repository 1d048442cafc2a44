"""Settings, private folders, the clock and ids."""

from datetime import UTC

import pytest

from watchbell.line import clock, config, ids


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    config._file.cache_clear()
    yield
    config._file.cache_clear()
    clock.shift(0)


def test_the_environment_comes_before_the_file_before_the_default(tmp_path, monkeypatch):
    assert config.setting("PORT", "8000") == "8000"
    (tmp_path / "watchbell.toml").write_text("port = 8123\n")
    config._file.cache_clear()
    assert config.setting("PORT", "8000") == "8123"
    monkeypatch.setenv("WATCHBELL_PORT", "8200")
    assert config.setting("PORT", "8000") == "8200"


def test_a_gateways_port_can_be_given(monkeypatch):
    assert config.gateway_port("siadc09", 9701) == 9701
    monkeypatch.setenv("WATCHBELL_GATEWAY_SIADC09_PORT", "0")
    assert config.gateway_port("siadc09", 9701) == 0


def test_what_is_private_is_for_the_owner_alone(tmp_path):
    folder = config.private_folder("secrets")
    config.write_private(folder / "key", b"1")
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "key").stat().st_mode & 0o777 == 0o600


def test_the_first_key_stays(tmp_path):
    assert config.keep_first(tmp_path / "key", b"first") == b"first"
    assert config.keep_first(tmp_path / "key", b"second") == b"first"
    assert config.secret("x") == config.secret("x")


def test_the_clock_is_utc_and_shifts_everything_alike():
    before = clock.monotonic(), clock.unix()
    clock.shift(3600)
    assert clock.now().tzinfo is UTC and clock.shifted() == 3600
    assert clock.monotonic() - before[0] >= 3600 and clock.unix() - before[1] >= 3600
    assert clock.moment(0).isoformat() == "1970-01-01T00:00:00+00:00"


def test_ids_are_new_or_the_same():
    assert ids.new_id() != ids.new_id() and ids.new_id().version == 7
    assert ids.same_id("a", 1) == ids.same_id("a", 1) != ids.same_id("a1", "")
    assert ids.same_uuid("a") == ids.same_uuid("a") != ids.same_uuid("b")
