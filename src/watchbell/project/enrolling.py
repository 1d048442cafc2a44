"""Takes in processes and whole machines elsewhere: their keys, and what they need in their own home."""

import argparse
import io
import tarfile
from pathlib import Path

import msgspec
from nacl.signing import SigningKey

from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel import bus_rights
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
from watchbell.line import config, signing
from watchbell.line.bus import key_file
from watchbell.line.edges import Edge, keep_edge
from watchbell.line.errors import NotFound, Refused


def enrol(arguments: argparse.Namespace) -> int:
    """Makes the key of a process on another machine, for one district where `--district` is given; for "edge", all
    that a machine at a school needs; for "all", prints what a NATS server of your own must know of every process."""
    if arguments.name == "all":
        for name in bus_rights.names():
            bus_rights.public_key(name)
        print(bus_rights.authorization(), end="")
        return 0
    if arguments.name == "edge":
        return _enrol_edge(arguments)
    district = str(_district(arguments.district).id) if arguments.district else ""
    public, files = bus_rights.enrol_key(arguments.name, district)
    print(f"{arguments.name}: public key {public}")
    print("Copy to the same places in the other machine's home:", *files, sep="\n  ")
    if district:
        start = str(arguments.name).replace("/", " ")
        print(f"Set there WATCHBELL_DISTRICT={district} and WATCHBELL_NATS_URL, then run: watchbell {start}")
    print("The bus takes the key at its next start.")
    return 0


def _enrol_edge(arguments: argparse.Namespace) -> int:
    """Writes an archive to be unpacked in the edge's home; it holds keys that are worth nothing elsewhere."""
    district = _district(arguments.district)
    site = _site(district, arguments.site) if arguments.site else ""
    gateways = [name for name in arguments.gateways.split(",") if name]
    unknown = set(gateways) - set(bus_rights.GATEWAYS)
    if unknown or not gateways:
        raise Refused(f"Unknown gateways: {', '.join(sorted(unknown)) or 'none given'}. Known: "
                      f"{', '.join(bus_rights.GATEWAYS)}.")  # fmt: skip
    key = SigningKey.generate()
    edge = Edge(
        district=str(district.id), site=site, gateways=gateways, is_leaf=True, url=config.public_url(),
        signer=bytes(key.verify_key).hex(), hub=arguments.hub or _leaf_address(),
    )  # fmt: skip
    keep_edge(edge)
    signing.public_key()
    bus_rights.public_key(edge.name)
    boxes = [signing.box_file(signing.box_name(gateway, edge.where)) for gateway in gateways]
    files = [config.home() / "hub.pub", key_file(edge.name), *boxes]
    target = Path(arguments.to or f"edge-{arguments.district}{'-' + arguments.site if arguments.site else ''}.tar")
    _write_archive(target, edge, bytes(key), files)
    print(f"Unpack {target} in the edge's home (it holds keys: 0600, then delete it), and run there: watchbell edge")
    print("The bus takes the edge in at its next start here.")
    return 0


def _leaf_address() -> str:
    port = config.setting("LEAF_PORT")
    if not port:
        raise Refused("Set WATCHBELL_LEAF_PORT here, or give --hub: the address at which the edge reaches the hub.")
    return f"nats-leaf://127.0.0.1:{port}"


def _write_archive(target: Path, edge: Edge, signing_key: bytes, files: list[Path]) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        contents = {str(path.relative_to(config.home())): path.read_bytes() for path in files}
        contents |= {"edge.json": msgspec.json.encode(edge), "secrets/edge.ed25519": signing_key}
        for name, body in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(body), 0o600
            archive.addfile(entry, io.BytesIO(body))
    config.write_private(target, raw.getvalue())


def _district(code: str) -> District:
    found = District.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(District.objects.order_by("code").values_list("code", flat=True))
        raise NotFound(f"There is no district with the code {code or '(none)'}; there are: {known}.")
    return found


def _site(district: District, code: str) -> str:
    with acting_in(district.id):
        sites = {site.code: str(site.id) for site in all_site_facts()}
    if code not in sites:
        raise NotFound(f"There is no site with the code {code}; there are: {', '.join(sorted(sites))}.")
    return sites[code]
