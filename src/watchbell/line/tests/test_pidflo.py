"""Locations as others write them (RFC 4119, 5139, 5491), and what strict readers want of ours."""

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.line.pidflo import CIVIC, DEVICE, GML, Location, build_pidf_lo, parse_pidf_lo
from watchbell.wire.base import Malformed

AT = "2026-11-27T12:00:00+00:00"


def presence(inside: str, head: str = "") -> str:
    return (
        f'{head}<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" '
        f'xmlns:ca="{CIVIC}" xmlns:gml="{GML}" xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:a@b.example">'
        f'<tuple id="t"><status><gp:geopriv><gp:location-info>{inside}</gp:location-info><gp:usage-rules/>'
        "</gp:geopriv></status></tuple></presence>"
    )


@pytest.mark.parametrize(
    "ring",
    [
        "".join(f"<gml:pos>{y} {x}</gml:pos>" for y, x in ((10, 20), (10, 22), (12, 22), (12, 20), (10, 20))),
        "<gml:posList>10 20 10 22 12 22 12 20 10 20</gml:posList>",
        '<gml:posList srsDimension="3">10 20 5 10 22 5 12 22 5 12 20 5 10 20 5</gml:posList>',
        "<gml:posList>10 20 5 10 22 5 12 22 5 12 20 5 10 20 5</gml:posList><!-- by srsName -->",
        "<gml:posList>\n 10 20\n 10 22\n 12 22\n 12 20\n 10 20\n</gml:posList>",
    ],
)
def test_a_polygon_lies_at_its_middle(ring):
    system = 4979 if "srsName" in ring else 4326
    inside = (
        f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::{system}"><gml:exterior><gml:LinearRing>{ring}'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )
    assert parse_pidf_lo(presence(inside)) == Location(civic={}, latitude=11, longitude=21)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>42.5 -73.2</gml:pos><gs:radius uom="urn:ogc:def:uom:'
         'EPSG::9001">8</gs:radius></gs:Circle>', (42.5, -73.2)),
        ('<gml:Point srsName="urn:ogc:def:crs:EPSG::4979"><gml:pos>42.5 -73.2 26.3</gml:pos></gml:Point>',
         (42.5, -73.2)),
        ("<gml:Point><gml:pos>+42.5 -7.32E1</gml:pos></gml:Point>", (42.5, -73.2)),
        ("<gml:Point><gml:pos>4_2.5 -73.2</gml:pos></gml:Point>", None),
        ("<gml:Point><gml:pos>nan 1</gml:pos></gml:Point>", None),
        ("<gml:Point><gml:pos>91 1</gml:pos></gml:Point>", None),
        ("<gml:Polygon><gml:posList>1 2 3</gml:posList></gml:Polygon>", None),
    ],
)  # fmt: skip
def test_every_shape_has_its_point(inside, expected):
    found = parse_pidf_lo(presence(inside))
    if expected is None:
        assert isinstance(found, Malformed)
    else:
        assert isinstance(found, Location) and (found.latitude, found.longitude) == expected


def test_elements_of_the_first_edition_and_of_newer_gml_are_the_same_elements():
    civic, gml = "urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc", "http://www.opengis.net/gml/3.2"
    old = f'<civicAddress xmlns="{civic}"><FLR>2</FLR></civicAddress>'
    new = f'<Point xmlns="{gml}"><pos>42.5 -73.2</pos></Point>'
    ring = f'<LinearRing xmlns="{gml}"><posList>1 1 1 3 3 3 3 1 1 1</posList></LinearRing>'
    assert parse_pidf_lo(presence(old + new)) == Location(civic={"FLR": "2"}, latitude=42.5, longitude=-73.2)
    assert parse_pidf_lo(presence(ring)) == Location(civic={}, latitude=2, longitude=2)


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-16", "ISO-8859-1", "us-ascii"])
def test_text_that_names_the_encoding_it_once_had_is_read_as_the_text_it_is(encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    found = parse_pidf_lo(presence("<ca:civicAddress><ca:RD>Peña</ca:RD></ca:civicAddress>", head))
    assert found == Location(civic={"RD": "Peña"})


def test_ours_names_its_device_and_holds_no_empty_address():
    root = ElementTree.fromstring(build_pidf_lo(Location(civic={}, latitude=1, longitude=2), "pres:1@x", AT, AT))
    device = root.find(f"{{{DEVICE}}}device")
    assert device is not None and root.find(f".//{{{CIVIC}}}civicAddress") is None
    assert [child.tag.rpartition("}")[2] for child in device] == ["geopriv", "deviceID", "timestamp"]
    assert (device.findtext(f"{{{DEVICE}}}deviceID") or "").startswith("urn:uuid:")


@given(st.text(max_size=200))
def test_any_text_is_answered(text):
    for one in (text, presence(text), presence(f"<gml:posList>{text}</gml:posList>")):
        assert isinstance(parse_pidf_lo(one), Location | Malformed)
