"""The invented sites of the demo district; any likeness to real schools is by chance."""

from typing import NamedTuple


class DemoSite(NamedTuple):
    """A site of the demo district."""

    name: str
    kind: str
    code: str
    house: str
    road: str
    latitude: float
    longitude: float
    phone: str
    town: str = "Cedar Valley"
    postal: str = "65899"


_NAMES = (
    ("Lincoln High School", "high", "LHS", "1200", "Maple Avenue", 3.1, 0.4),
    ("Amelia Boone High School", "high", "BHS", "4400", "Orchard Road", -3.8, 2.9),
    ("Riverside Middle School", "middle", "RMS", "310", "Ferry Street", 1.2, -2.6),
    ("Cedar Bluff Middle School", "middle", "CMS", "1850", "Quarry Road", -2.4, -3.3),
    ("Harlan Price Middle School", "middle", "PMS", "77", "Depot Street", 4.6, 3.7),
    ("Meadowlark Middle School", "middle", "MMS", "2600", "Prairie View Drive", -0.9, 4.8),
    ("Birch Hollow Elementary School", "elementary", "BHE", "512", "Birch Hollow Lane", 2.0, 1.9),
    ("Clara Whitcomb Elementary School", "elementary", "CWE", "90", "Whitcomb Street", -1.7, 0.8),
    ("Dry Creek Elementary School", "elementary", "DCE", "3301", "Dry Creek Road", 5.9, -1.4),
    ("Eastgate Elementary School", "elementary", "EGE", "640", "Eastgate Boulevard", 0.3, 6.2),
    ("Fox Run Elementary School", "elementary", "FRE", "1411", "Fox Run Trail", -4.9, -0.7),
    ("Goldfinch Elementary School", "elementary", "GFE", "28", "Goldfinch Court", 3.7, -4.4),
    ("Hickory Grove Elementary School", "elementary", "HGE", "905", "Hickory Street", -3.1, 5.6),
    ("Ida Fenwick Elementary School", "elementary", "IFE", "2200", "Fenwick Avenue", 1.5, -5.9),
    ("Juniper Hill Elementary School", "elementary", "JHE", "717", "Juniper Hill Road", 6.4, 1.6),
    ("Kestrel Park Elementary School", "elementary", "KPE", "150", "Park Street", -0.4, -1.9),
    ("Limestone Elementary School", "elementary", "LSE", "4080", "Limestone Road", -6.2, 3.5),
    ("Mill Pond Elementary School", "elementary", "MPE", "33", "Mill Pond Way", 2.8, 6.9),
    ("District Office", "office", "DO", "1", "Courthouse Square", 0.0, 0.0),
    ("Transport Centre", "transport", "TC", "5900", "Industrial Parkway", -5.3, -4.8),
)
#: Kilometres to degrees around Cedar Valley, an invented town in the middle of Missouri.
SITES = tuple(
    DemoSite(
        name, kind, code, house, road,
        latitude=round(38.6200 + north / 111.32, 6), longitude=round(-92.8400 + east / 86.9, 6),
        phone=f"+1573555{1000 + 10 * number:04d}",
    )
    for number, (name, kind, code, house, road, north, east) in enumerate(_NAMES)
)  # fmt: skip
